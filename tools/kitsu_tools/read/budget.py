"""What a production's budget plans to pay, for whom and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Table
from kitsu_tools.arguments import KitsuHere, Limit, Next
from kitsu_tools.read.entity_columns import key_of_names
from kitsu_tools.read.listing import Key, Measure, columns_of_groups, short, spread, table_of_groups
from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.budgets import Budget, BudgetEntry, budgets_of, entries_of
from kitsu_tools.tracker.errors import NotPermitted, Unknown, listed, quoted
from kitsu_tools.tracker.model import Person

GroupBy = Literal["department", "person", "position", "month"]
NOT_FILLED = "nobody yet"


@dataclass(frozen=True, slots=True)
class Cost:
    """What an entry costs in a month (YYYY-MM)."""

    entry: BudgetEntry
    month: str
    cost: float


async def get_budget(
    kitsu: KitsuHere,
    project: Annotated[str, Field(description="name, code or id; empty: the default project")] = "",
    budget: Annotated[str, Field(description="name or revision; empty: the newest")] = "",
    group_by: Annotated[Sequence[GroupBy], Field(max_length=2, description="month beside another: columns")] = (
        "department",
    ),
    limit: Limit = 100,
    next: Next = "",
) -> Annotated[CallToolResult, Table]:
    """Show what a production's budget plans to pay, in all and up to this month, to managers alone."""
    place = await kitsu.find.production(project)
    found = place.project
    if hidden := (await kitsu.hidden(found)).money:
        raise NotPermitted(f"get_budget: {hidden}.")
    budgets, clock = await budgets_of(kitsu, found.id), await kitsu.clock()
    chosen = _chosen(budget, budgets)
    this_month = clock.today().isoformat()[:7]
    entries = await entries_of(kitsu, found.id, chosen.id) if chosen else []
    costs = [Cost(one, month, cost) for one in entries for month, cost in one.costs()]
    names = list(dict.fromkeys(group_by)) or ["department"]
    keys = _keys(await kitsu.directory.people.get(), await kitsu.directory.departments.get())
    total: Measure[Cost] = Measure("cost", lambda rows: sum(one.cost for one in rows), cell=short)
    so_far: Measure[Cost] = Measure(
        "up to this month", lambda rows: sum(one.cost for one in rows if one.month <= this_month), cell=short
    )
    day: Measure[Cost] = Measure(
        "a day", lambda rows: ", ".join({f"{short(one.entry.daily_salary)}": 1 for one in rows})
    )
    measures = [total, so_far, *([day] if "person" in names else [])]
    across = "month" if "month" in names and len(names) > 1 else ""
    groups, its, measures = spread(costs, [keys[one] for one in names], measures, across, total)
    return table_of_groups(
        ("budget", found.id, chosen and chosen.id, tuple(names)),
        groups,
        columns_of_groups(its, measures),
        (),
        clock,
        encoded(found.name),
        limit,
        next,
        ["" if budgets else "there is no budget", "a month is 20 days of pay" if costs else ""],
        budget=chosen.label if chosen else "",
        currency=chosen.currency if chosen else "",
        cost=short(sum(one.cost for one in costs)),
        budgets=[one.label for one in budgets] if len(budgets) > 1 else [],
        today=clock.stamp(),
    )


def _chosen(wanted: str, budgets: Sequence[Budget]) -> Budget | None:
    """The one that is named, by any of its names; None where there are none at all.

    Raises:
        Unknown: there is no such budget.
    """
    if not budgets:
        return None
    word = wanted.strip().casefold()
    for one in budgets:
        if not word or word in {
            one.label.casefold(),
            one.name.casefold(),
            str(one.revision),
            f"v{one.revision}",
            one.id,
        }:
            return one
    raise Unknown(f"No budget {quoted(wanted)}. There are: {listed(one.label for one in budgets)}.")


def _keys(people: Mapping[str, Person], departments: Mapping[str, str]) -> dict[GroupBy, Key[Cost]]:
    def position(cost: Cost) -> str:
        return f"{cost.entry.seniority} {cost.entry.position}".strip()

    def person(cost: Cost) -> str:
        found = people.get(cost.entry.person_id)
        return found.label if found else "someone" if cost.entry.person_id else f"{NOT_FILLED}: {position(cost)}"

    return {
        "department": key_of_names("department", lambda cost: departments.get(cost.entry.department_id, "")),
        "person": key_of_names("person", person),
        "position": key_of_names("position", position),
        "month": key_of_names("month", lambda cost: cost.month),
    }
