"""How like texts are, of 100: rapidfuzz, loaded by the first question that needs it, as the start does not."""

from collections.abc import Callable, Sequence
from typing import Literal

By = Literal["ratio", "partial_ratio", "WRatio"]


def alike(
    text: str,
    names: Sequence[str],
    *,
    by: By = "ratio",
    least: float = 0,
    most: int | None = None,
    read_as: Callable[[str], str] | None = None,
) -> list[tuple[str, float, int]]:
    """Names that are like a text, the likest first: each with how like (`least` or more) and its position.

    `by` is rapidfuzz's measure. `read_as` is what of a text and of a name is compared.
    """
    from rapidfuzz import fuzz, process

    scorer = {"ratio": fuzz.ratio, "partial_ratio": fuzz.partial_ratio, "WRatio": fuzz.WRatio}[by]
    return process.extract(text, names, scorer=scorer, processor=read_as, limit=most, score_cutoff=least)


def words_alike(one: str, other: str) -> tuple[float, float]:
    """How like the words of two texts are in any order: all of them, and those that they share beside the rest."""
    from rapidfuzz import fuzz

    return fuzz.token_sort_ratio(one, other), fuzz.token_set_ratio(one, other)
