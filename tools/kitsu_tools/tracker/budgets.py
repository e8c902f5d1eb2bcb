"""A production's budgets: who is paid what for which months, as it was planned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, date
from typing import Annotated, Any

from pydantic import BeforeValidator

from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import ByKey, Text, Whole, decoded

DAYS_A_MONTH = 20
"""Of pay, as Kitsu's page counts a month (Budget.vue of cgwire/kitsu at 08a5686)."""


@dataclass(frozen=True, slots=True)
class Budget:
    """One of a production's budgets; each revision is one of its own."""

    id: str
    revision: Whole
    name: Text
    currency: Text = ""

    @property
    def label(self) -> str:
        """As Kitsu's page names it."""
        return f"v{self.revision} - {self.name}"


@dataclass(frozen=True, slots=True)
class BudgetEntry:
    """Somebody, or a place that nobody fills yet (no `person_id`), in a department for some months from one on.

    `exceptions`: what a month (YYYY-MM) costs instead.
    """

    id: str
    department_id: str
    start_date: date
    months_duration: Whole
    daily_salary: Annotated[float, BeforeValidator(lambda value: value or 0)]
    person_id: Text = ""
    position: Text = ""
    seniority: Text = ""
    exceptions: Annotated[Mapping[str, float | None], ByKey] = field(default_factory=dict[str, "float | None"])

    def costs(self) -> list[tuple[str, float]]:
        """What each of its months costs."""
        first = self.start_date.year * 12 + self.start_date.month - 1
        end = min(first + self.months_duration, 12 * (MAXYEAR + 1))
        months = [f"{one // 12:04d}-{one % 12 + 1:02d}" for one in range(first, end)]
        return [(one, self.exceptions.get(one) or self.daily_salary * DAYS_A_MONTH) for one in months]


async def budgets_of(kitsu: Kitsu, project_id: str) -> list[Budget]:
    """A production's budgets, the newest revision first.

    Raises:
        NotPermitted: the role is not a manager's on it.
    """
    records: list[Mapping[str, Any]] = await kitsu.session.read(f"data/projects/{project_id}/budgets")
    return sorted((decoded(Budget, one) for one in records), key=lambda one: -one.revision)


async def entries_of(kitsu: Kitsu, project_id: str, budget_id: str) -> list[BudgetEntry]:
    """What is in a budget.

    Salary scales are not read: the route that lists them writes those that are missing (Zou 1.0.97).
    """
    records: list[Mapping[str, Any]] = await kitsu.session.read(
        f"data/projects/{project_id}/budgets/{budget_id}/entries"
    )
    return [decoded(BudgetEntry, one) for one in records]
