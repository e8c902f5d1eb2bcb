"""What a reader does not see: refused in what is sent, made visible in what is shown, and nothing else is touched."""

from __future__ import annotations

import time
import unicodedata

import pytest

from kitsu_tools.gate.text import checked
from kitsu_tools.likeness import folded
from kitsu_tools.tracker.addresses import encoded, parse
from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.unseen import first_unseen, visible

READABLE = {
    "Arabic": "مرحبا بالعالم، ١٢٣",
    "Persian": "نمی\u200cدانم",
    "Persian endings": "۲۰\u200cام، shot\u200cها و «کتاب»\u200cها",
    "Khmer and Thai words": "ខ្ញុំ\u200bទៅ\u200bសាលា สวัสดี\u200bครับ",
    "Hindi": "क\u094d\u200dष और क\u094d\u200cष",
    "Malayalam": "അവന\u0d4d\u200d പോയി",
    "Sinhala": "ශ\u0dca\u200dරී",
    "Hebrew with points": "שָׁלוֹם",
    "Thai, Tibetan, Mongolian": "ที่นี่ བོད་ཡིག ᠮᠣᠩᠭᠣᠯ\u180e\u1820",
    "Japanese with a chosen shape": "葛\U000e0100飾区",
    "Vietnamese, decomposed": unicodedata.normalize("NFD", "Nguyễn Thị Ngọc"),
    "an emoji family": "👨\u200d👩\u200d👧\u200d👦",
    "emoji with tones": "👩🏽\u200d🚀 🧑🏿\u200d🤝\u200d🧑🏻",
    "emoji with selectors": "❤\ufe0f\u200d🔥 👁\ufe0f\u200d🗨\ufe0f ☎\ufe0e 1\ufe0f\u20e3",
    "an Arabic number sign": "\u0600١٢",
    "lines and tabs": "one\ttwo\nthree\r\nfour",
}
HIDDEN = {
    "selectors in number": ("x" + "\ufe00" * 21, "x⟨21 hidden characters⟩"),
    "selectors behind an emoji": ("❤" + "\ufe0f" * 2, "❤\ufe0f⟨U+FE0F⟩"),
    "the rarer selectors": ("x" + "\U000e0100\U000e01ef" * 100, "x⟨200 hidden characters⟩"),
    "a selector behind a letter": ("done\ufe0f", "done⟨U+FE0F⟩"),
    "a selector behind a digit": ("5\ufe0f", "5⟨U+FE0F⟩"),
    "runs of joiners": ("نمی\u200c\u200dدانم", "نمی⟨2 hidden characters⟩دانم"),
    "a joiner in Latin": ("ap\u200dproved", "ap⟨U+200D⟩proved"),
    "a joiner behind an emoji": ("👩\u200d yes", "👩⟨U+200D⟩ yes"),
    "a sentence behind Han": ("中\U000e0151文\U000e0157", "中⟨U+E0151⟩文⟨U+E0157⟩"),
    "breaks outside of words": ("ទៅ\u200b\u200bសាលា\u200b", "ទៅ⟨2 hidden characters⟩សាលា⟨U+200B⟩"),
    "a joiner between digits": ("12\u200c3", "12⟨U+200C⟩3"),
    "a grapheme joiner": ("a\u034fb", "a⟨U+034F⟩b"),
    "Mongolian selectors": ("\u180b\u180c\u180d\u180f", "⟨4 hidden characters⟩"),
    "Khmer inherent vowels": ("\u17b4\u17b5", "⟨2 hidden characters⟩"),
    "Hangul fillers": ("a\u115f\u3164\uffa0b", "a⟨3 hidden characters⟩b"),
    "what Unicode keeps free": ("\u2065\ufff0\U000e0fff", "⟨3 hidden characters⟩"),
    "tags": ("ok\U000e0049\U000e0067", "ok⟨2 hidden characters⟩"),
    "an override": ("\u202egnp.exe", "⟨U+202E⟩gnp.exe"),
    "isolates": ("\u2066a\u2069", "⟨U+2066⟩a⟨U+2069⟩"),
    "a soft hyphen": ("re\u00adtake", "re⟨U+00AD⟩take"),
    "an escape": ("\x1b[2J", "⟨U+001B⟩[2J"),
    "a return alone": ("Signed\rby", "Signed⟨U+000D⟩by"),
    "odd line breaks": ("a\u2028b\x85c", "a⟨U+2028⟩b⟨U+0085⟩c"),
}


@pytest.mark.parametrize("text", READABLE.values(), ids=READABLE)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert visible(text) == text
    assert checked(text) == text.replace("\r\n", "\n")


@pytest.mark.parametrize(("text", "shown"), HIDDEN.values(), ids=HIDDEN)
def test_what_nobody_sees_is_shown_and_refused(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert first_unseen(shown) == ""
    if text.replace("\r", "\n") == text:  # a return alone is sent as a line break
        with pytest.raises(BadInput, match=rf"U\+{ord(first_unseen(text)):04X}"):
            checked(text)


def test_every_control_and_format_character_is_unseen_but_breaks_and_the_signs_before_numbers() -> None:
    kinds = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    seen = [
        code for code in range(0x110000) if unicodedata.category(chr(code)) in kinds and not first_unseen(chr(code))
    ]
    signs = [0x600, 0x601, 0x602, 0x603, 0x604, 0x605, 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD]
    assert seen == [0x9, 0xA, *signs]


@pytest.mark.parametrize("marks", ["\u0301" * 5, "\u0336\u0337\u0338\u0335\u0334", "\u20dd" * 60], ids=ascii)
def test_a_pile_of_marks_is_refused_and_an_accent_is_not(marks: str) -> None:
    """A question shows four of them; what is sent must be what was shown."""
    with pytest.raises(BadInput, match=r"marks on one letter \(U\+"):
        checked(f"Looks a{marks} good")
    assert checked("Looks a\u0301\u0323\u0302 good") == "Looks a\u0301\u0323\u0302 good"


@pytest.mark.parametrize("text", ["*" * 4000, "_ " * 2000, "confirmed by " * 300, "- " * 1999 + "AI"], ids=ascii)
def test_a_long_rule_is_told_from_a_signature_at_once(text: str) -> None:
    began = time.thread_time()
    assert checked(text) == text.strip()
    assert time.thread_time() - began < 1


@pytest.mark.parametrize(
    "name", ["SH\u200b0010", "Bolt\u202e\nX", "tag\U000e0041", "tab\there", "❤\ufe0f\ufe0f"], ids=ascii
)
def test_an_address_shows_what_is_hidden_in_a_name_and_leads_back_to_it(name: str) -> None:
    address = encoded(name)
    assert address.isascii() or address.startswith("❤")
    assert not first_unseen(address)
    assert "\n" not in address
    assert parse(f"Robo Garden/{address}").segments[1].name == name


@pytest.mark.parametrize("text", [text for text, _ in HIDDEN.values()], ids=HIDDEN)
def test_a_name_answers_to_what_an_answer_shows_of_it(text: str) -> None:
    assert folded(visible(text)) == folded(text)
