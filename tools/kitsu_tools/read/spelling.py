"""How names answer to what somebody typed, best first, and how near a misspelt one is."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, cached_property
from urllib.parse import unquote

from kitsu_tools.likeness import alike, folded, words_of

LEAST_WORD_SCORE = 70
LEAST_ADDRESS_SCORE = 85
LEAST_NAME_SCORE = 75
LEAST_PART_SCORE = 85
LEAST_SCORE = 45
NUMBER_SCORE = 99.0
OF_A_PART = 0.9
IN_ADDRESS = 0.95
LEAST_PART = 5
"""Characters: of less, a part that is like it stands in any long name."""

LEAST_INSIDE = 3

_SLASH = re.compile(r"\s*/\s*")
_DIGIT = re.compile(r"\d")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
"""What people leave out of a number: SH30 of SH0030."""


class Fit(IntEnum):
    """How a name answers to what was typed, best first."""

    ADDRESS = 0
    END_OF_ADDRESS = 1
    NAME = 2
    START = 3
    WORDS = 4
    STARTS_OF_WORDS = 5
    INSIDE = 6
    WITH_ADDRESS = 7
    ADDRESS_ONLY = 8
    ALIKE = 9
    ALIKE_ADDRESS = 10


@dataclass(frozen=True, slots=True)
class Match:
    """One name that answers: its position among the names, how, and for those alike how much, 0 to 100."""

    position: int
    fit: Fit
    score: float = 100.0


class Names:
    """Names that may be asked for, each with the words of the address it stands in, prepared once for many questions.

    `addresses` are whole, as printed; a name that has none gives itself. `codes` are other names, of all or of none.
    """

    def __init__(self, names: Sequence[str], addresses: Sequence[str], codes: Sequence[str] = ()) -> None:
        self._codes = ["".join(words_of(code)) for code in codes]
        self._names = names
        self._written = addresses
        own = [" ".join(words_of(name)) for name in names]
        self._own = [f" {one} " for one in own]
        self._joined = [one.replace(" ", "") for one in own]
        above = cache(_words)  # of many names there are few
        self._all: list[str] = []
        for name, its, address in zip(names, own, addresses, strict=True):
            parent, _, last = address.rpartition("/")
            self._all.append(f" {above(parent)} {its if last == name else above(last)} {its} ")
        self._text = "\n".join(("", *self._joined, *self._all))

    def strong(self, text: str) -> list[Match]:
        """The names and addresses that hold all of the words typed, or the text as a part; of an address written out
        that one alone.
        """
        words = words_of(text)
        if not words:  # signs alone: 🎬
            sought = folded(text).strip()
            return [Match(at, Fit.INSIDE) for at, name in enumerate(self._names) if sought and sought in folded(name)]
        if found := self._at(text):
            return found
        sought, joined = " ".join(words), "".join(words)
        starts = [f" {word}" for word in words]
        found = [Match(at, Fit.NAME) for at, code in enumerate(self._codes) if code == joined]
        coded = {one.position for one in found}
        if words[0] not in self._text and f"\n{joined}" not in self._text:
            return found
        for at, own in enumerate(self._own):
            if at in coded or (words[0] not in self._all[at] and not self._joined[at].startswith(joined)):
                continue
            fit = self._fit(at, own, sought, joined, words, starts)
            if fit is not None:
                found.append(Match(at, fit))
        return found

    @cached_property
    def _addresses(self) -> list[str]:
        return [folded(address) for address in self._written]

    def _at(self, text: str) -> list[Match]:
        """What an address names: written in full, or else from anywhere below the production to its end."""
        sought = _SLASH.sub("/", folded(text)).strip("/ ")
        if "/" not in sought:
            return []
        if exact := [Match(at, Fit.ADDRESS) for at, one in enumerate(self._written) if one == text.strip()]:
            return exact
        for one in (sought, sought.rpartition(":")[0]):  # the second: of a task
            ending = f"/{one}"
            whole = [Match(at, Fit.ADDRESS) for at, address in enumerate(self._addresses) if address == one]
            if found := whole or [
                Match(at, Fit.END_OF_ADDRESS)
                for at, address in enumerate(self._addresses)
                if one and address.endswith(ending)
            ]:
                return found
        return []

    def _fit(
        self, at: int, own: str, sought: str, joined: str, words: Sequence[str], starts: Sequence[str]
    ) -> Fit | None:
        if self._joined[at] == joined:
            return Fit.NAME
        if self._joined[at].startswith(joined):
            return Fit.START
        if all(f"{start} " in own for start in starts):
            return Fit.WORDS
        held = [start in own for start in starts]
        if all(held):
            return Fit.STARTS_OF_WORDS
        if sought in own or all(_inside(word, own) for word in words):
            return Fit.INSIDE
        everywhere = self._all[at]
        if all(start in everywhere for start in starts):
            return Fit.WITH_ADDRESS if any(held) else Fit.ADDRESS_ONLY
        return None

    def weak(self, text: str) -> list[Match]:
        """The names that are like what was typed, and addresses that are."""
        every = words_of(text)
        words = list(dict.fromkeys(every))
        if not words:
            return []
        letters = sum(map(len, words))
        scores: dict[int, float] = {}
        told: dict[int, Fit] = {}
        for word in words:
            for at, (score, by_name) in self._like(word).items():
                weight = (1 if by_name else IN_ADDRESS) * len(word) / letters
                scores[at] = scores.get(at, 0.0) + score * weight
                if by_name:
                    told[at] = Fit.ALIKE
                elif score >= LEAST_ADDRESS_SCORE:
                    told.setdefault(at, Fit.ALIKE_ADDRESS)
        matches = {at: Match(at, fit, scores[at]) for at, fit in told.items() if scores[at] >= LEAST_SCORE}
        for at, score in self._like_whole("".join(every)):
            if at not in matches or score > matches[at].score:
                matches[at] = Match(at, Fit.ALIKE, score)
        return list(matches.values())

    def _like_whole(self, joined: str) -> Iterator[tuple[int, float]]:
        """The names that are like all that was typed without its blanks, or have a part that is."""
        names = list(self._same)
        for name, score, _ in alike(joined, names, least=LEAST_NAME_SCORE):
            yield from ((at, score) for at in self._same[name])
        if len(joined) < LEAST_PART:
            return
        names = [name for name in names if len(name) >= LEAST_PART]
        for name, score, _ in alike(joined, names, by="partial_ratio", least=LEAST_PART_SCORE):
            told = min(1.0, len(name) / len(joined))  # a short name says little of a long question
            yield from ((at, score * OF_A_PART * (1 + told) / 2) for at in self._same[name])

    def _like(self, word: str) -> dict[int, tuple[float, bool]]:
        """Where a word like this stands: how like, and whether in the name itself."""
        near = alike(word, list(self._where), least=LEAST_WORD_SCORE)
        found: dict[int, tuple[float, bool]] = {}
        same = [(other, NUMBER_SCORE, 0) for other in self._numbered.get(_ZEROS.sub("", word), ())]
        for other, score, _ in [*near, *same]:
            for positions, by_name in zip(self._where[other], (True, False), strict=True):
                for at in positions:
                    found[at] = max(found.get(at, (0.0, False)), (score, by_name))
        return found

    @cached_property
    def _same(self) -> dict[str, list[int]]:
        """Every name without its blanks, with the positions of those that have it: each sequence has an SH0010."""
        same: dict[str, list[int]] = {}
        for at, name in enumerate(self._joined):
            same.setdefault(name, []).append(at)
        return same

    @cached_property
    def _numbered(self) -> dict[str, list[str]]:
        """The words with a number in them, by what is left of each without its leading zeros."""
        numbered: dict[str, list[str]] = {}
        for word in filter(_DIGIT.search, self._where):
            numbered.setdefault(_ZEROS.sub("", word), []).append(word)
        return numbered

    @cached_property
    def _where(self) -> dict[str, tuple[list[int], list[int]]]:
        """Every word, with the positions whose name has it, and those that have it in their address alone."""
        where: dict[str, tuple[list[int], list[int]]] = {}
        for at, (own, everywhere) in enumerate(zip(self._own, self._all, strict=True)):
            named = set(own.split())
            for word in set(everywhere.split()):
                where.setdefault(word, ([], []))[word not in named].append(at)
        return where


def _words(address: str) -> str:
    return " ".join(words_of(unquote(address)))


def _inside(word: str, own: str) -> bool:
    """Whether a name holds a word anywhere. Short ones stand inside of any, but for scripts that write no blanks."""
    return f" {word}" in own or ((len(word) >= LEAST_INSIDE or not word.isascii()) and word in own)
