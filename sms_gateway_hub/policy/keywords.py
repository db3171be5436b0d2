"""Words by which people refuse further texts, ask for them again, or say yes.

Only a whole message counts: "stop by the office" is no refusal, and neither is a word
in the middle of a sentence. Nothing is guessed: "alto" refuses and "alta" agrees, one
letter apart. A word once shipped is never taken away, because somebody may have been
told to use it.
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


def _words(*words: str) -> frozenset[str]:
    return frozenset(_plain(word) for word in words)


#: The seven words that the FCC names (47 CFR 64.1200(a)(10)), the ones that networks
#: treat alike, and their plainest sisters in other languages.
STOP_WORDS = _words(
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

#: Words that ask for texts again. Networks know the first two; the others say the same
#: and nothing else, so that no answer to another question is among them.
START_WORDS = _words(
    # en
    *("start", "unstop"),
    # fr, es, de, pt, it, nl, tr
    *("début", "réabonner", "alta", "iniciar", "inicio", "empezar", "anmelden"),
    *("voltar", "inizia", "avvia", "aanmelden", "başla"),
    # hi, ar, he, zh, ko, ja, ru/uk
    *(
        "shuru",
        "शुरू",
        "ابدأ",
        "اشتراك",
        "התחל",
        "订阅",
        "訂閱",
        "开始",
        "수신동의",
        "시작",
    ),
    *("開始", "再開", "старт"),
    # vi, id, ms, th, tl
    *("dk", "mulai", "mula", "เริ่ม", "simula"),
)

#: Words that agree to what was asked last.
YES_WORDS = _words(
    # en, fr, es/it, de/sv/no/da, pt, nl, hi, ar, he, tr
    *("yes", "oui", "si", "sì", "ja", "sim", "haan", "हाँ", "نعم", "כן", "evet", "onay"),
    # pl, cs/sk, fi, ro/ru, hu, el, uk
    *("tak", "ano", "áno", "kyllä", "da", "да", "igen", "ναι", "так"),
)


def is_stop(text: str | None) -> bool:
    """Tell whether the whole text is a plain word of refusal."""
    return _plain(text or "") in STOP_WORDS


def is_start(text: str | None) -> bool:
    """Tell whether the whole text is a word that asks for texts again."""
    return _plain(text or "") in START_WORDS


def is_yes(text: str | None) -> bool:
    """Tell whether the whole text is a word that agrees."""
    return _plain(text or "") in YES_WORDS
