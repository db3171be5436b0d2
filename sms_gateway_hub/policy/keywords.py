"""Words by which people refuse further texts, ask for them again, or say yes.

Only a whole message counts: "stop by the office" is no refusal, and neither is a word
in the middle of a sentence. Nothing is guessed: "alto" refuses and "alta" agrees, one
letter apart. A word once shipped is never taken away, because somebody may have been
told to use it.

A refusal that is missed does more harm than one too many, which a START repairs. So a
STOP may be said twice, politely, or with the short number that it is meant for.
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
#: Turkish keyboards have an i without a dot, and people type either.
_DOTLESS = str.maketrans("ı", "i")
#: Cyrillic and Greek letters that look or sound like those of STOP.
_FOREIGN_STOP = str.maketrans("сѕтоорпρστοπ", "sstoopppstop")
_SHORT_CODE = re.compile(r"\d{3,6}")


def readable(text: str | None) -> str:
    """Return a text without characters that hide or reverse other text."""
    visible = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text or ""))
    return _STRAY_JOINERS.sub("", visible).strip()


def _split(text: str) -> list[str]:
    """Return the words of a text, of letters and digits: no case, accents or marks."""
    folded = readable(text).casefold().translate(_DOTLESS)
    letters = (
        char if unicodedata.category(char)[0] in "LNM" else " "
        for char in unicodedata.normalize("NFKD", folded)
        if not unicodedata.combining(char)
    )
    return "".join(letters).split()


def _plain(text: str) -> str:
    """Return the letters and digits of a text: no case, accents, marks or spaces."""
    return "".join(_split(text))


def _words(*words: str) -> frozenset[str]:
    return frozenset(_plain(word) for word in words)


#: The seven words that the FCC names (47 CFR 64.1200(a)(10)), the ones that networks
#: treat alike, their plainest sisters in other languages, and short sentences that
#: leave no doubt. What is a usual answer or name elsewhere is not among them: "T" and
#: "TC", "band", "peru" and "seis".
STOP_WORDS = _words(
    # en
    *("stop", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke"),
    *(
        "opt out",
        "opt me out",
        "stop sms",
        "stop it",
        "stop now",
        "remove",
        "remove me",
    ),
    *("unsub", "unsubscribe me", "no more", "no more texts", "no more messages"),
    *("stop texting", "stop texting me", "stop texts", "stop messaging me"),
    *("stop messages", "do not text me", "don't text me", "stop sending me texts"),
    *("take me off", "take me off your list", "leave me alone"),
    # fr
    *("arret", "arrêter", "arrêtez", "désabonner", "désinscrire", "annuler"),
    # es, pt
    *("baja", "parar", "alto", "cancelar", "detener", "no más", "dar de baja"),
    *("sair", "descadastrar", "remover"),
    # de, nl, it
    *("stopp", "abmelden", "abbestellen", "austragen", "ende"),
    *("afmelden", "uitschrijven", "stoppen"),
    *("basta", "annulla", "cancella", "disiscrivi"),
    # sv/no, da, fi, pl, cs/sk, ro, hu
    *("avsluta", "slut", "avmeld", "afmeld", "lopeta", "wypisz", "rezygnuje"),
    *("rezygnuję", "odhlásit", "dezabonare", "leiratkozás"),
    # tr
    *("dur", "durdur", "iptal", "ret", "çık"),
    # ru/uk, el, he
    *("стоп", "отписаться", "отписка", "отмена", "відписатися", "στοπ", "διαγραφή"),
    *("הסר", "הסרה", "הפסק"),
    # ar, hi
    *("توقف", "إيقاف", "أوقف", "إلغاء", "إلغاء الاشتراك"),
    *("रोकें", "रोको", "बंद", "बंद करो", "बंद करें", "roko"),
    # zh, ja, ko
    *("td", "退订", "退訂", "取消", "停止", "取消订阅", "取消訂閱", "配信停止", "解除"),
    *("수신거부", "거부", "중지", "구독취소", "구독해지"),
    # vi, id/ms, th, tl
    *("hủy", "từ chối", "berhenti", "batal", "หยุด", "ยกเลิก", "hinto", "ihinto"),
)
#: Refusals that nobody mistakes for an answer, whatever number stands beside them.
_PLAINEST = _words("stop", "stopp", "stop all", "arret", "стоп", "στοπ", "unsubscribe")
#: Words that change nothing about the refusal beside which they stand.
_BESIDE = _words(
    *("please", "pls", "plz", "thanks", "thx", "now", "sms", "pub", "svp", "stp"),
    *("merci", "bitte", "danke", "porfavor", "graag", "grazie", "lütfen"),
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
    """Tell whether the whole text is a plain refusal, and nothing else."""
    words = _split(text or "")
    if _refuses(words):
        return True
    others = [word for word in words if word not in _BESIDE]
    if _refuses(others):
        return True
    bare = [word for word in others if not _SHORT_CODE.fullmatch(word)]
    return _refuses(bare) and _latin(bare[0]) in _PLAINEST


def _refuses(words: list[str]) -> bool:
    """Tell whether words are one refusal, or the same one again and again."""
    if "".join(words) in STOP_WORDS:
        return True
    return len(set(words)) == 1 and not STOP_WORDS.isdisjoint(
        (words[0], _latin(words[0]))
    )


def _latin(word: str) -> str:
    """Return a word that may be a STOP in foreign letters, in Latin ones."""
    return word.translate(_FOREIGN_STOP)


def is_start(text: str | None) -> bool:
    """Tell whether the whole text is a word that asks for texts again."""
    return _plain(text or "") in START_WORDS


def is_yes(text: str | None) -> bool:
    """Tell whether the whole text is a word that agrees."""
    return _plain(text or "") in YES_WORDS
