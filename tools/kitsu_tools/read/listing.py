"""One listing: columns, sorted by any of them both ways, or grouped and counted; a page of it is `answers.table`."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeVar

from mcp.types import CallToolResult

from kitsu_tools.answers import table
from kitsu_tools.conditions import all_named
from kitsu_tools.tracker.clock import Clock
from kitsu_tools.tracker.errors import BadInput, Unknown, listed, quoted

T = TypeVar("T")


class _Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)

MOST_ACROSS = 62
"""Columns of one key: two months of days."""

ZONE = "zone"
"""The unit of a column of moments in UTC: shown in the zone of the clock, by which its title names them."""


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """What a listing says of each row. `value` is what sorts, of rows that have none empty or None: those come last,
    whichever way; `cell` is how it stands in an answer, where that differs.

    `plans`: hidden from roles that are shown no plans; `adds`: a group shows the sum.
    """

    name: str
    value: Callable[[T], Any]
    unit: str = ""
    cell: Callable[[T], Any] | None = None
    plans: bool = False
    adds: bool = False

    def title(self, clock: Clock) -> str:
        """`estimate (minutes)`; of times the zone."""
        unit = clock.zone.key if self.unit == ZONE else self.unit
        return f"{self.name} ({unit})" if unit else self.name

    def shown(self, row: T, clock: Clock) -> Any:  # noqa: ANN401  JSON
        """A row's cell: times in the zone of the clock."""
        if self.cell is not None:
            return self.cell(row)
        value = self.value(row)
        return clock.local(value) if self.unit == ZONE else "" if value is None else value


@dataclass(frozen=True, slots=True)
class Key(Generic[T]):
    """What rows can be grouped by. `of` says in which groups a row is: each by what it sorts by and its name."""

    name: str
    of: Callable[[T], Iterable[tuple[Any, str]]]
    unit: str = ""
    plans: bool = False


@dataclass(frozen=True, slots=True)
class Measure(Generic[T]):
    """What is said of the rows of a group: by `of`, which sorts, and as `cell` shows that."""

    name: str
    of: Callable[[Sequence[T]], Any]
    unit: str = ""
    cell: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that are alike, by the names of what they were grouped by, with what each measure says of them."""

    names: tuple[str, ...]
    said: tuple[Any, ...]

    @property
    def identity(self) -> str:
        """What stays of it, whatever is in it."""
        return "\n".join(self.names)


def named(argument: str, words: Sequence[str], known: Mapping[str, N]) -> list[tuple[N, bool]]:
    """What these words name, each once, and whether a minus stands before it. `known` by lower-case name.

    Raises:
        Unknown: there is no such thing; `argument` names the tool's.
    """
    found: dict[str, bool] = {}
    for word in all_named(words, known):
        whole = word.strip().casefold()
        bare = whole.removeprefix("-").strip()
        name = next((one for one in (whole, bare, bare.replace("_", " ")) if one in known), None)
        if name is None:
            there = dict.fromkeys(one.name for one in known.values())
            raise Unknown(f"{argument}: there is no column {quoted(word)}. There are: {listed(there, 40)}.")
        found.setdefault(name, name != whole and whole.startswith("-"))
    return [(known[name], descending) for name, descending in found.items()]


def in_order_of(rows: Iterable[T], order: Sequence[tuple[Column[T], bool]]) -> list[T]:
    """The rows by these columns, the first before the next, True for the highest first; the rest as they came."""
    found = list(rows)
    for column, descending in reversed(order):
        values = [(column.value(one), one) for one in found]
        there = [one for one in values if one[0] not in {None, ""}]
        there.sort(key=lambda one: one[0], reverse=descending)
        found = [row for _, row in there] + [row for value, row in values if value in {None, ""}]
    return found


def grouped(rows: Iterable[T], keys: Sequence[Key[T]], measures: Sequence[Measure[T]]) -> list[Group]:
    """The rows in groups, in the natural order of the keys. A row that is in several groups of a key counts in each."""
    groups: dict[tuple[tuple[Any, str], ...], list[T]] = {}
    for row in rows:
        for place in product(*(key.of(row) for key in keys)):
            groups.setdefault(place, []).append(row)
    return [
        Group(tuple(name for _, name in place), tuple(measure.of(groups[place]) for measure in measures))
        for place in sorted(groups)
    ]


def spread(
    rows: Iterable[T], keys: Sequence[Key[T]], measures: Sequence[Measure[T]], across: str, cell: Measure[T]
) -> tuple[list[Group], Sequence[Key[T]], Sequence[Measure[T]]]:
    """The groups with their keys and measures. The key named `across` is told in columns, before the others: one for
    each of its groups, in which `cell` stands.

    Raises:
        BadInput: these would be too many.
    """
    every = list(rows)
    if not across:
        return grouped(every, keys, measures), keys, measures
    key = next(one for one in keys if one.name == across)
    rest = [one for one in keys if one is not key]
    cells = {one.names: one.said[0] for one in grouped(every, [*rest, key], [cell])}
    units = [one.names[0] for one in grouped(every, [key], [])]
    if len(units) > MOST_ACROSS:
        raise BadInput(f"{len(units)} columns of a {across} each do not fit: name a shorter period, or longer columns.")
    groups = [
        Group(one.names, (*(cells.get((*one.names, unit), 0) for unit in units), *one.said))
        for one in grouped(every, rest, measures)
    ]
    columns: list[Measure[T]] = [Measure(unit, len, cell=cell.cell) for unit in units]
    return groups, rest, [*columns, *measures]


def columns_of_groups(keys: Sequence[Key[T]], measures: Sequence[Measure[T]]) -> dict[str, Column[Group]]:
    """The columns of such a list, by lower-case name."""

    def name(at: int) -> Callable[[Group], str]:
        return lambda group: group.names[at]

    def said(at: int) -> Callable[[Group], Any]:
        return lambda group: group.said[at]

    def cell(at: int, show: Callable[[Any], Any] | None) -> Callable[[Group], Any] | None:
        return None if show is None else lambda group: show(group.said[at])

    columns = [Column(key.name, name(at), key.unit) for at, key in enumerate(keys)]
    columns += [Column(one.name, said(at), one.unit, cell(at, one.cell)) for at, one in enumerate(measures)]
    return {column.name.casefold(): column for column in columns}


def table_of(
    question: Hashable,
    rows: Sequence[T],
    cells: Iterable[Column[T]],
    clock: Clock,
    /,
    *,
    identity: Callable[[T], str] = attrgetter("id"),
    **page: Any,  # noqa: ANN401  as `answers.table` takes the rest
) -> CallToolResult:
    """The answer of rows by these columns, in their order."""
    columns = list(cells)
    return table(
        question,
        rows,
        lambda one: [column.shown(one, clock) for column in columns],
        columns=[column.title(clock) for column in columns],
        identity=identity,
        **page,
    )


def table_of_groups(
    question: tuple[Hashable, ...],
    groups: Sequence[Group],
    columns: Mapping[str, Column[Group]],
    sort: Sequence[str],
    clock: Clock,
    under: str,
    limit: int,
    after: str,
    notes: Sequence[str],
    **fields: Any,  # noqa: ANN401  further fields of the answer
) -> CallToolResult:
    """The answer of groups, by these of their columns. Names that are addresses are relative to `under`."""
    return table_of(
        (*question, tuple(columns), tuple(sort)),
        in_order_of(groups, named("sort", sort, columns)),
        columns.values(),
        clock,
        under=under,
        limit=limit,
        after=after,
        identity=attrgetter("identity"),
        notes=notes,
        **fields,
    )


def how_many(name: str, test: Callable[[T], bool]) -> Measure[T]:
    """How many of the rows pass."""
    return Measure(name, lambda rows: sum(map(test, rows)))


def sum_of(column: Column[T]) -> Measure[T]:
    """The sum of what a column says of the rows."""
    return Measure(column.name, lambda rows: sum(column.value(one) or 0 for one in rows), column.unit)


def short(number: float) -> float:
    """To a tenth, whole ones without it."""
    rounded = round(float(number), 1)
    return int(rounded) if rounded.is_integer() else rounded
