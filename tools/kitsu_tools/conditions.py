"""A filter as it is written, and the values that a text with commas names.

`Layout=done`, `Animation!=todo,wip`, `name=SH01*`, `Location="Paris, Studio 2"`, `Location=""`.
"""

import csv
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cache

from kitsu_tools.tracker.errors import BadInput, quoted
from kitsu_tools.unseen import visible

_MOST_COMMAS = 8
"""No name that stands between other names holds more; alone it may."""

_MARKS = frozenset(",\"'")
"""A text with none of these is one value."""

_EXAMPLES = (
    'Write Layout=done, Animation!=todo,wip or name=SH01*. Quote what holds a comma: Location="Paris, Studio 2". '
    'Location="" finds what has none.'
)

Knows = Callable[[str], bool]
"""Whether there is a name or value that a text with commas or quotes in it is, whole."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter. `value` is all that stands behind the equals sign, without blanks around it: see `values_of`."""

    written: str
    key: str
    negated: bool
    value: str

    @classmethod
    def of(cls, text: str, keys: Collection[str]) -> "Condition":
        """Read `key=value` or `key!=value`. Of several equals signs the last one behind a known key parts the two.

        `keys` is all that can be asked about: names may hold `=` and `!` themselves.

        Raises:
            BadInput: it is neither.
        """
        known = {plain(key) for key in keys}
        longest = max(map(len, known), default=0) + len(" != ")
        for at in reversed([at for at, one in enumerate(text[:longest]) if one == "="]):
            before = text[:at]
            readings = [(before, False)]
            if before.rstrip().endswith("!"):
                # Side by side the two signs are one: `Mood!=dark` asks about Mood, `Mood! =dark` about Mood! first.
                readings.insert(0 if before.endswith("!") else 1, (before.rstrip()[:-1], True))
            for key, negated in readings:
                if plain(key) in known:
                    return cls(text, key.strip(), negated, text[at + 1 :].strip())
        key, equals, value = text.partition("=")
        condition = cls(text, key.rstrip("! ").strip(), key.rstrip().endswith("!"), value.strip())
        if not equals or not condition.key:
            raise condition.refusal(_EXAMPLES)
        return condition

    @classmethod
    def all_in(cls, text: str, keys: Collection[str]) -> "list[Condition]":
        """The filters in one text, which models part by commas, semicolons or lines: `Layout=done, name=SH*`.
        What is in quotes is a value.
        """
        as_shown = {*keys, *map(visible, keys)}
        longest_first = "|".join(map(re.escape, sorted(as_shown, key=len, reverse=True)))
        between = re.compile(rf"[,;\n]\s*(?=(?:{longest_first})\s*(?:!\s*)?=)", re.IGNORECASE)
        ends = [one.span() for one in between.finditer(text) if text.count('"', 0, one.start()) % 2 == 0]
        starts = [0, *(end for _, end in ends)]
        parts = [text[start:end] for start, end in zip(starts, [*(start for start, _ in ends), None], strict=True)]
        return [cls.of(part, keys) for part in parts]

    def refusal(self, instead: str) -> BadInput:
        """The error that says that this is no filter, and what to write."""
        return BadInput(f"where: {quoted(self.written)} is no filter. {instead}")


def values_of(text: str, knows: Knows) -> list[str]:
    """The values that a text names: all of it where that is one, else what its commas part.

    What is in quotes is one value, as in a CSV file; `""` is the empty one. Without quotes as many parts go together as
    make something known: `Paris, Studio 2, London` may be two.
    """
    text = text.strip()
    if not _MARKS & set(text) or knows(text):
        return [text] if text else []
    quote = "'" if text[0] == text[-1] == "'" else '"'
    if quote in text:
        parts = next(csv.reader([" ".join(text.splitlines())], quotechar=quote, skipinitialspace=True))
        return [part.strip() for part in parts if part.strip() or quote * 2 in text] or [""]
    parts, values, at = text.split(","), list[str](), 0
    while at < len(parts):
        longest = range(min(len(parts) - at, _MOST_COMMAS + 1), 1, -1)
        count = next((count for count in longest if knows(",".join(parts[at : at + count]).strip())), 1)
        values.append(",".join(parts[at : at + count]).strip())
        at += count
    return [value for value in values if value]


def all_named(texts: Iterable[str], names: Iterable[str]) -> list[str]:
    """What several texts name, each of which may hold several of these names; a text without any stays as it is."""
    knows = one_of(names)
    return [value for text in texts for value in values_of(text, knows) or [text]]


def one_of(names: Iterable[str]) -> Knows:
    """Whether a text is one of these names, give or take case and the blanks around its commas.

    They are gone through only when a text asks for it.
    """

    @cache
    def there() -> frozenset[str]:
        return frozenset(plain(name) for name in names if _MARKS & set(name))

    return lambda text: plain(text) in there()


def plain(text: str) -> str:
    """A text as it is compared: as an answer shows it, without case, and without blanks around it and its commas."""
    return ",".join(part.strip() for part in visible(text).casefold().split(","))


def in_quotes(value: str) -> str:
    """A value as it may be written in a filter: in quotes where a comma would part it."""
    return value if "," not in value else '"{}"'.format(value.replace('"', '""'))
