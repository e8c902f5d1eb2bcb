"""What two ways to type a name have in common: a text without case, accents and width, and its words."""

import re
import unicodedata

from kitsu_tools.unseen import without_unseen

# Letters that Unicode holds for letters of their own, and people type as these.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_OTHER_SOUNDS = frozenset({0, 7, 8, 9})
"""Combining classes of marks that make another letter of theirs, as in が, and no accent."""

_APOSTROPHES = re.compile("['`\u2018\u2019\u02bc]")
_WORD = re.compile(r"[a-z0-9]+")


def folded(text: str) -> str:
    """A text without case, accents, width and characters that nobody sees: `helene` of `Hélène`, `ab` of `ＡＢ`."""
    text = without_unseen(text)
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text)
    kept = "".join(one for one in apart if unicodedata.combining(one) in _OTHER_SOUNDS)
    return unicodedata.normalize("NFC", kept.casefold()).translate(_LETTERS)


def words_of(text: str) -> list[str]:
    """The words of a text, folded. An apostrophe parts none: people leave it out."""
    plain = _APOSTROPHES.sub("", folded(text))
    if plain.isascii():
        return _WORD.findall(plain)
    return "".join(one if one.isalnum() or unicodedata.category(one)[0] == "M" else " " for one in plain).split()
