"""What of a text a reader does not see, and how it is shown all the same: the one place that decides it.

A text may carry what no eye meets: control and format characters, tags, marks that turn the reading order, selectors
and joiners in numbers. A model reads them, a person who says yes does not. Three kinds are part of how people write and
stay: one variation selector behind a character that takes it (❤️), one joiner inside a word of a script that joins its
letters, before an ending in it, or inside an emoji (نمی‌دانم, क्‍ष, ۲۰‌ام, 👩‍🎨), and one break between words of a
script that writes no blanks (Khmer, Thai). What Unicode says of characters comes from `regex`, which is loaded by the
first text that needs it, as a start does not.
"""

import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    import regex

_PLAIN = re.compile(r"[\t\n\r\x20-\x7e]*")
_MARK = r"⟨(?:U\+[0-9A-F]{4,6}|\d+ hidden characters)⟩"

# Letters and their marks, of scripts whose letters join or stack: the only ones in which a joiner shows.
_JOINING = r"[[\p{jt=D}\p{jt=R}\p{jt=L}\p{scx=Arab}\P{InSC=Other}]&&[\p{L}\p{M}]]"
_VIRAMA = r"\p{ccc=9}"
# Of the 240 rare selectors those that shapes of Han are registered with; by the others whole sentences are smuggled.
_SHAPES = r"\U000e0100-\U000e011f"
_EMOJI = r"\p{Extended_Pictographic}"
_KEPT = "|".join(
    [
        rf"(?<={_JOINING})[\u200c\u200d\u180e](?={_JOINING})",
        rf"(?<=[\p{{L}}\p{{M}}\p{{N}}\p{{Pf}}\p{{Pe}}])\u200c(?={_JOINING})",
        r"(?<=\p{lb=SA})\u200b(?=\p{lb=SA})",
        rf"(?<={_VIRAMA})[\u200c\u200d](?![\u200c\u200d])",
        rf"(?<={_EMOJI}[\ufe0f\p{{EMod}}]?)\u200d(?={_EMOJI})",
        r"(?<=[\p{Emoji}--[0-9#*]])[\ufe0e\ufe0f]",
        r"(?<=[0-9#*])\ufe0f(?=\u20e3)",
        rf"(?<=\p{{Han}})[\ufe00-\ufe02{_SHAPES}]",
        r"(?<=[[\p{Sm}\p{Phags_Pa}\p{Myanmar}]--\p{M}])\ufe00",
        r"(?<=[\p{Mongolian}&&\p{L}])[\u180b-\u180d\u180f]",
        r"[\t\n]|\r(?=\n)",
    ]
)
# The signs that stand before a number in Arabic and Syriac are format characters to Unicode, and plain to see.
_UNSEEN = r"[[\p{DI}\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]--\p{PCM}]"


@cache
def _unseen() -> "regex.Pattern[str]":
    import regex

    return regex.compile(rf"(?V1)(?:(?!{_KEPT}){_UNSEEN})+")


@cache
def _ignorable() -> "regex.Pattern[str]":
    import regex

    return regex.compile(rf"(?V1)(?![\t\n]|\r\n){_UNSEEN}|{_MARK}")


def first_unseen(text: str) -> str:
    """The first character of a text that a reader does not see; empty when all of it is plain. Line breaks and tabs
    are seen by what they do.
    """
    found = None if _PLAIN.fullmatch(text) and "\r" not in text else _unseen().search(text)
    return found[0][0] if found else ""


def visible(text: str) -> str:
    """A text with what is hidden in it made visible: `⟨U+202E⟩`, `⟨23 hidden characters⟩`. All else stays."""
    return _unseen().sub(_named, text) if first_unseen(text) else text


def percent_encoded(text: str) -> str:
    """A text with what is hidden in it, line breaks and tabs too, percent-encoded."""
    if text.isascii() and text.isprintable():
        return text
    return re.sub(r"[\t\n\r]", _percent, _unseen().sub(_percent, text))


def without_unseen(text: str) -> str:
    """A text without what nobody sees, joiners and selectors too, and without the marks that `visible` leaves: what
    two texts have in common that look alike.
    """
    return text if text.isascii() and text.isprintable() else _ignorable().sub("", text)


def _named(hidden: "regex.Match[str]") -> str:
    run = hidden[0]
    return f"⟨U+{ord(run):04X}⟩" if len(run) == 1 else f"⟨{len(run)} hidden characters⟩"


def _percent(found: "regex.Match[str] | re.Match[str]") -> str:
    return quote(found[0])
