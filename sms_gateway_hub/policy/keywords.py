"""Words by which people refuse further texts.

Only a whole message counts: "stop by the office" is no refusal, and neither is a word
in the middle of a sentence. A word once shipped is never taken away, because somebody
may have been told to use it.
"""

import re
import unicodedata

#: Invisible characters, and those that turn the direction of what follows.
_INVISIBLE = re.compile(
    "[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)
#: Joiners without a letter before them that needs one, as in Persian, Hindi or emoji.
_STRAY_JOINERS = re.compile("(?<![^\u0000-\u007f])[\u200c\u200d]+")
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029]")


def readable(text: str | None) -> str:
    """Return a text without characters that hide or reverse other text."""
    visible = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text or ""))
    return _STRAY_JOINERS.sub("", visible).strip()


def _plain(text: str) -> str:
    """Return the letters and digits of a text: no case, accents, marks or spaces."""
    decomposed = unicodedata.normalize("NFKD", readable(text).casefold())
    return "".join(
        char
        for char in decomposed
        if not unicodedata.combining(char) and unicodedata.category(char)[0] in "LNM"
    )


#: The seven words that the FCC names (47 CFR 64.1200(a)(10)), the ones that networks
#: treat alike, and their plainest sisters in other languages.
STOP_WORDS = frozenset(
    _plain(word)
    for word in (
        # en
        *("stop", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke"),
        *("opt out", "stop sms"),
        # fr, es, de, pt, it, nl, sv/no, pl
        *("arret", "désabonner", "désinscrire", "baja", "parar", "stopp", "abmelden"),
        *("abbestellen", "sair", "descadastrar", "basta", "afmelden", "uitschrijven"),
        *("avsluta", "avmeld", "wypisz"),
        # ru/uk, el, he, hi, zh, ja
        *("стоп", "отписаться", "στοπ", "הסר", "रोकें", "退订", "退訂", "配信停止"),
    )
)


def is_stop(text: str | None) -> bool:
    """Tell whether the whole text is a plain word of refusal."""
    return _plain(text or "") in STOP_WORDS
