"""What counts as a refusal or a yes, and which characters are nobody's text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy.keywords import (
    START_WORDS,
    STOP_WORDS,
    YES_WORDS,
    is_start,
    is_stop,
    is_yes,
    readable,
)


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop",
        " Stop. ",
        "STOP!!!",
        '"stop"',
        "S.T.O.P",
        "ＳＴＯＰ",
        "st\u200bop",
        "\u202estop",
        "Stop all",
        "STOPALL",
        "stop sms",
        "unsubscribe",
        "Opt-out",
        "OPT OUT",
        "cancel",
        "End",
        "quit",
        "Revoke",
        "ARRÊT",
        "arret",
        "arre\u0302t",
        "Désabonner",
        "BAJA",
        "Abmelden",
        "стоп",
        "הסר",
        "रोकें",
        "退订",
        *("dur", "İPTAL", "IPTAL", "ıptal", "RET", "çık", "توقف", "إيقاف", "ايقاف"),
        *("수신거부", "구독취소", "ยกเลิก", "หยุด", "HUY", "hủy", "BERHENTI", "BATAL"),
        *("HINTO", "ALTO", "cancelar", "detener", "stoppen", "Arrêter", "停止", "TD"),
        *("remove", "unsub", "No más", "odhlásit", "leiratkozás", "Διαγραφή", "बंद"),
    ],
)
def test_a_whole_message_of_refusal_is_a_stop(text):
    assert is_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        *("STOP STOP", "stop, stop, STOP!", "Stop please", "please stop", "Pls stop."),
        *("STOP 36111", "36111 stop", "arret 38010", "stop pub", "STOP SMS 36180"),
        *("no more", "No more!", "stop texting me", "Don't text me", "do not text me"),
        *("remove me please", "stop, thanks", "STOP\n\nPlease", "please cancel"),
        # letters of other alphabets that look or sound like ours
        *("стоp", "ѕtоp", "STΟP", "SТОР", "стоп стоп", "Стоп 36111", "στοπ"),
    ],
)
def test_a_refusal_may_be_repeated_polite_or_addressed(text):
    assert is_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        *("please", "36111", "stop 12", "stop 1234567", "cancel 1234", "end 2024"),
        *("thanks now", "stop start", "stop cancel my order", "sms", "STOP 9 am"),
        *("T", "TC", "band", "Peru", "seis", "no", "2 please", "столп", "STO"),
    ],
)
def test_what_only_resembles_a_refusal_is_none(text):
    assert not is_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "  ",
        "!",
        "stop by the office",
        "Don't stop",
        "Please stop the delivery of my order",
        "bus stop",
        "at the end",
        "ok",
        "Yes",
        "START",
        "stopper",
        "0",
    ],
)
def test_anything_else_is_none(text):
    assert not is_stop(text)


def test_every_word_is_found_as_it_is_stored():
    assert all(is_stop(word) for word in STOP_WORDS)


@pytest.mark.parametrize(
    ("text", "start", "yes"),
    [
        ("START", True, False),
        (" unstop! ", True, False),
        ("Début", True, False),
        ("Alta", True, False),
        ("शुरू", True, False),
        ("старт", True, False),
        ("Yes.", False, True),
        ("Sí", False, True),
        ("OUI", False, True),
        ("Kyllä", False, True),
        ("igen", False, True),
        ("start the car", False, False),
        ("yes but not today", False, False),
        ("restart", False, False),
        ("ok", False, False),
        ("", False, False),
        (None, False, False),
    ],
)
def test_words_that_ask_again_and_words_that_agree(text, start, yes):
    assert (is_start(text), is_yes(text)) == (start, yes)


def test_no_word_means_two_things():
    classes = (STOP_WORDS, START_WORDS, YES_WORDS)
    assert sum(map(len, classes)) == len(frozenset().union(*classes))
    assert "" not in frozenset().union(*classes)


def test_one_letter_apart_is_another_word():
    assert is_start("alta")
    assert not is_stop("alta")
    assert is_stop("alto")
    assert not is_start("alto")


@given(st.sampled_from(sorted(STOP_WORDS)), st.sampled_from(".,!?- \n\t'\"*"))
def test_case_and_punctuation_never_matter(word, mark):
    assert is_stop(mark + word.upper() + mark)


@given(st.text(st.sampled_from("aé \n\r\u200b\u200c\u200d\u202e\u2028 👨")))
def test_readable_is_stable_and_adds_nothing(text):
    shown = readable(text)
    assert readable(shown) == shown
    lines = text.replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    assert set(shown) <= set(lines)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (None, ""),
        ("pay \u202e00.1€\u202c now", "pay 00.1€ now"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("ASCII\u200djoined\u200c", "ASCIIjoined"),
        ("a\u200b\u200d\u200db", "ab"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("क्\u200dष", "क्\u200dष"),
    ],
)
def test_hidden_characters_go_and_needed_ones_stay(text, shown):
    assert readable(text) == shown
