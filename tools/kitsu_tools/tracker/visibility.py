"""What Kitsu hides from a role, and the sentences by which answers say so: decided here alone."""

from dataclasses import dataclass

PLANS_HIDDEN = "your role may not see assignees, dates, minutes, priority or retakes"
ASSIGNED_ONLY = "your role sees only what is assigned to it"
KINDS_HIDDEN = "your role may not see them"
SCHEDULES_HIDDEN = "your role may not see schedules"
BUDGETS_HIDDEN = "your role may not see budgets"
OWN_HOURS = "your role sees only its own hours and quotas"
PRODUCTION_HIDDEN = "of a production that you do not see"
DAYS_OFF_UNKNOWN = "days off are not known here: your role may not see them"
NARROW = frozenset({"vendor", "client"})
"""Roles that are told only of people on productions that they are on themselves: to clients Zou shows no others
(1.0.97), and of Kitsu's pages vendors have none with the studio's people.
"""
CLOSED_HIDDEN = "closed productions are left out: Kitsu lists them for admins only"
_CLIENTS_COMMENTS_HIDDEN = "comments of clients are hidden from your role"


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a role on a production is not shown: the sentence of an answer, empty where all of it is shown.

    `plans`: Zou shows clients each task as nobody's, without dates and never retaken (`CLIENT_BLANK_TASK_VALUES` of Zou
    1.0.97), so that an empty value means nothing. `others`: it lists for vendors only entities that they have a task on
    (seen on 1.0.97), so that totals count a part and tell nothing about the rest. `comments`: whose it leaves out of a
    task (`get_comments`, `prepare_query`). `hours`: Kitsu's pages show artists and vendors only what they logged
    themselves, whatever Zou's routes do. `schedule`: Zou shows it to neither vendors nor clients
    (`ProductionScheduleItemsResource`). `money`: it shows budgets to managers alone (`check_manager_project_access`).
    """

    plans: str = ""
    others: str = ""
    comments: str = ""
    hours: str = ""
    schedule: str = ""
    money: str = BUDGETS_HIDDEN


_SEE_ALL = frozenset({"admin", "manager", "supervisor", "user"})
_BY_ROLE = {
    "admin": Hidden(money=""),
    "manager": Hidden(money=""),
    "client": Hidden(
        plans=PLANS_HIDDEN,
        hours=PLANS_HIDDEN,
        schedule=SCHEDULES_HIDDEN,
        comments="your role sees only comments of clients and comments meant for them, and of the history only those",
    ),
    "user": Hidden(comments=_CLIENTS_COMMENTS_HIDDEN, hours=OWN_HOURS),
    "vendor": Hidden(
        others=ASSIGNED_ONLY, comments=_CLIENTS_COMMENTS_HIDDEN, hours=OWN_HOURS, schedule=SCHEDULES_HIDDEN
    ),
}


def hidden_from(role: str) -> Hidden:
    """What is hidden from this role on a production."""
    return _BY_ROLE.get(role, Hidden())


def shows_rows_as_boards(own: str, here: str) -> bool:
    """Whether Zou shows rows by their ids as it shows them on boards, to an identity with this role of its own and this
    one on the production.

    Rows go by its own role, boards by that on the production. Besides, boards leave metadata out for vendors, which
    rows do not, and those of all but shots and assets tell clients who is assigned, which rows do not (seen on Zou
    1.0.97).
    """
    return {own, here} <= _SEE_ALL
