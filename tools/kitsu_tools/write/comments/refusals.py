"""What Zou would refuse, found out before a person is asked: tasks, statuses and retakes beyond the role's rights.

Follows `check_task_action_access`, `check_task_mention_access`, `check_task_status_access` and `comment-many` of
Zou 1.0.97.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from kitsu_tools.gate.change import Field, Item, Value
from kitsu_tools.tracker.errors import BadInput, NotFound, NotPermitted, listed
from kitsu_tools.tracker.finder import FoundTask
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Me
from kitsu_tools.tracker.statuses import Status
from kitsu_tools.write.comments.effects import TaskNow
from kitsu_tools.write.comments.now import CommentsNow

COMMENT_ANYWHERE = frozenset({"admin", "manager", "client"})
COMMENT_MANY = frozenset({"admin", "manager", "supervisor"})


@dataclass(frozen=True, slots=True)
class Target:
    """A task that a comment would go to: as it was found, as it is now, and what the comment makes of it."""

    found: FoundTask
    now: TaskNow
    item: Item

    @property
    def status(self) -> Field:
        """The status that it has, and that it gets."""
        return self.item.fields[0]

    @property
    def after(self) -> Value:
        """The status that it gets."""
        return self.status.after


async def may_comment_many(known: CommentsNow, *, kitsu: Kitsu, targets: Sequence[Target], publishes: bool) -> bool:
    """Whether the batch route takes all of these comments; where it does not, each is posted by itself.

    `publishes`: a file goes with each, for which it is not enough to be asked for an answer.

    Raises:
        NotPermitted: Zou would refuse the role one of them.
    """
    _refuse_statuses(known, targets)
    return await may_say(known, kitsu=kitsu, targets=targets, publishes=publishes)


async def may_say(known: CommentsNow, *, kitsu: Kitsu, targets: Sequence[Target], publishes: bool = False) -> bool:
    """The same, whatever the status: for words that set none.

    Raises:
        NotPermitted: Zou would refuse the role one of them.
    """
    role, me = known.role, known.me
    if role in COMMENT_ANYWHERE:
        return role in COMMENT_MANY

    def is_own(target: Target) -> bool:
        return me.id in target.now.assignees or known.supervised(target.now.type_id)

    others = [target for target in targets if not is_own(target)]
    invited = await gather(*[partial(_is_invited, kitsu, me, role, one, publishes=publishes) for one in others])
    refused = [one.found.address for one, may in zip(others, invited, strict=True) if not may]
    if refused:
        own = "tasks of its departments, tasks assigned to it" if role == "supervisor" else "tasks assigned to it"
        verb = "publish" if publishes else "comment"
        mentioned = "" if publishes or role == "vendor" else ", or answer where it is mentioned if the status stays"
        raise NotPermitted(
            f"The role {role!r} may {verb} only on {own} and on entities it created{mentioned}; these are neither: "
            f"{listed(refused)}."
        )
    return role in COMMENT_MANY and not others


def _refuse_statuses(known: CommentsNow, targets: Sequence[Target]) -> None:
    """Refuse comments that set a status the role may not set; one that leaves a task's status sets it again."""
    barred = {one.id for one in known.statuses.values() if not may_set(known, one)}
    refused = [f"{one.found.address} ({one.after.shown})" for one in targets if one.after.raw in barred]
    if refused:
        raise NotPermitted(
            f"The role {known.role!r} may not set these statuses, nor comment on a task that has one: "
            f"{listed(refused)}."
        )


async def refuse_telling_clients(known: CommentsNow) -> None:
    """Refuse what only managers may, and Zou leaves out for others without a word (1.0.97).

    Raises:
        NotPermitted: the role is another.
    """
    if known.role not in {"admin", "manager"}:
        raise NotPermitted(f"The role {known.role!r} may not show a comment to clients. Only managers do.")


def refuse_retakes(known: CommentsNow, targets: Sequence[Target]) -> None:
    """Refuse comments in a retake status on tasks that had their retakes, also where the status stays.

    An entity's own cap goes before the production's; 0 is none.

    Raises:
        BadInput: Zou would refuse them, half-way through a batch.
    """
    if known.project.max_retakes <= 0:
        return
    over: list[str] = []
    for one in targets:
        own = str(one.found.task.entity.data.get("max_retakes") or "")
        most = int(own) if own.isdecimal() else known.project.max_retakes
        status = known.statuses.get(str(one.after.raw))
        if status is not None and status.is_retake and 0 < most <= one.now.retakes:
            over.append(f"{one.found.address} ({most})")
    if over:
        raise BadInput(f"No more retakes are allowed on {listed(over)}.")


def may_set(known: CommentsNow, status: Status) -> bool:
    """Whether the role may set a status (`check_task_status_access` of Zou 1.0.97)."""
    match known.role:
        case "user":
            return status.artist_allowed
        case "client":
            return known.project.client_statuses.get(status.id, status.client_allowed)
        case _:
            return True


async def _is_invited(kitsu: Kitsu, me: Me, role: str, target: Target, *, publishes: bool) -> bool:
    """Whether the task's entity is of one's own making, or somebody's words ask for an answer."""
    try:
        entity = await kitsu.session.read(f"data/entities/{target.now.entity_id}")
        if entity.get("created_by") == me.id:
            return True
        if role == "vendor" or target.status.changes or publishes:
            return False
        comments = await kitsu.session.read(f"data/tasks/{target.now.id}/comments")
    except (NotFound, NotPermitted):
        return False
    said = [*comments, *(reply for comment in comments for reply in comment.get("replies") or ())]
    names = {one for words in said for one in words.get("mentions") or ()}
    departments = {one for words in said for one in words.get("department_mentions") or ()}
    return me.id in names or not departments.isdisjoint(me.departments)
