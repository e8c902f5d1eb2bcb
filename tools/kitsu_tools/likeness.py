"""What makes two texts alike: as people type them (`folded`), their words, and how near they are by rapidfuzz.

Every name, suggestion, search and completion goes by these. rapidfuzz is loaded by the first question that needs it, as
the start does not.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Literal

from kitsu_tools.unseen import without_unseen

By = Literal["ratio", "partial_ratio", "WRatio"]

LEAST_SUGGESTED = 70
"""Of 100: below, names that share a few letters come along, as Boots for Bolt or Lighting for Compositting."""
MOST_BEHIND = 15
"""Behind the likest: what is so much less like is not meant beside it."""
LEAST_IN_PART = 4
"""Characters: less is a part of any long name."""

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


def suggested(wanted: str, names: Sequence[str], most: int = 5) -> list[str]:
    """The names that a wrong one may have meant, each once and the likest first."""
    by: By = "WRatio" if len(wanted.strip()) >= LEAST_IN_PART else "ratio"
    near = alike(wanted, names, by=by, least=LEAST_SUGGESTED, most=most, read_as=folded)
    return list(dict.fromkeys(name for name, score, _ in near if score >= near[0][1] - MOST_BEHIND))


def alike(
    text: str,
    names: Sequence[str],
    *,
    by: By = "ratio",
    least: float = 0,
    most: int | None = None,
    read_as: Callable[[str], str] | None = None,
) -> list[tuple[str, float, int]]:
    """Names that are like a text, the likest first: each with how like of 100 (`least` or more) and its position.

    `by` is rapidfuzz's measure. `read_as` is what of a text and of a name is compared.
    """
    from rapidfuzz import fuzz, process

    scorer = {"ratio": fuzz.ratio, "partial_ratio": fuzz.partial_ratio, "WRatio": fuzz.WRatio}[by]
    return process.extract(text, names, scorer=scorer, processor=read_as, limit=most, score_cutoff=least)


def words_alike(one: str, other: str) -> tuple[float, float]:
    """How like the words of two texts are in any order: all of them, and those that they share beside the rest."""
    from rapidfuzz import fuzz

    return fuzz.token_sort_ratio(one, other), fuzz.token_set_ratio(one, other)
