"""Characters that a person would not see in a text, and so could not judge."""

import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
"""Unseen too, but part of emoji and of Persian and Indic words and names."""


def unseen(character: str) -> bool:
    """True for control and format characters, line breaks and tabs among them, and for half characters."""
    return unicodedata.category(character) in _UNSEEN and character not in _JOINERS
