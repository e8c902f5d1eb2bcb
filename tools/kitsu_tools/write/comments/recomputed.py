"""What Zou makes of a task when one of its comments goes, or gets another status: it plays all that are left through
from the first (`reset_task_data` of Zou 1.0.97), so that what was set otherwise is lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kitsu_tools.gate.change import Effect, Field, Item
from kitsu_tools.tracker.statuses import Status
from kitsu_tools.tracker.threads import Comment
from kitsu_tools.write.comments.effects import TaskNow
from kitsu_tools.write.comments.named import FoundComment, status_value
from kitsu_tools.write.comments.now import CommentsNow
from kitsu_tools.write.comments.planning import STATUS

HIDDEN = "Kitsu counts its status anew, also by comments that your role does not see"


def recomputed(
    now: CommentsNow, found: Iterable[FoundComment], left: Mapping[str, Sequence[Comment]], keys: Mapping[str, str]
) -> list[Effect]:
    """What changes of these tasks. `left`: the comments that each will have, by its id, the newest first; `keys`: the
    item because of which it does.
    """
    effects: list[Effect] = []
    for one in {one.task.task.id: one for one in found if one.task.task.id in left}.values():
        task = now.tasks[one.task.task.id]
        default = next(
            (
                status.id
                for status in now.statuses.values()
                if status.is_default and status.for_concept == (one.task.task.entity.kind == "concept")
            ),
            task.status_id,
        )
        after = _played(task, reversed(left[task.id]), now.statuses, default)
        status = Field(STATUS, status_value(task.status_id, now.statuses), status_value(after.status_id, now.statuses))
        moves = {
            "retakes": (str(task.retakes), str(after.retakes)),
            "start": (task.started[:16], after.started[:16]),
            "sent for review": (task.submitted[:16], after.submitted[:16]),
            "done": (task.done[:16], after.done[:16]),
        }
        said = [f"{name} {was or 'none'} → {now or 'none'}" for name, (was, now) in moves.items() if was != now]
        if status.changes or said:
            rest = ", ".join([*([status.says] if status.changes else []), *said])
            effects.append(Effect(keys[task.id], one.task.address, "", rest, rest, task.id, status))
    return effects


def without(found: FoundComment, gone: Iterable[str]) -> list[Comment]:
    """The comments of its task but for these."""
    ids = set(gone)
    return [one for one in found.thread if one.id not in ids]


def with_status(found: FoundComment, status: Mapping[str, str]) -> list[Comment]:
    """The comments of its task, some with another status, by their ids."""
    return [replace(one, status_id=status.get(one.id, one.status_id)) for one in found.thread]


def first_of(items: Iterable[Item]) -> dict[str, str]:
    """The first of these items that is about a comment of each task, by the task's id."""
    return {item.target.partition("/")[0]: item.key for item in reversed(list(items))}


def _played(task: TaskNow, comments: Iterable[Comment], statuses: Mapping[str, Status], default: str) -> TaskNow:
    after = replace(task, status_id=default, retakes=0, started="", submitted="", done="")
    again = False
    for comment in comments:
        status = statuses.get(comment.status_id)
        if status is None:
            continue
        retakes = after.retakes + (status.is_retake and not again)
        again = status.is_retake
        after = replace(
            after,
            status_id=status.id,
            retakes=retakes,
            started=after.started or (comment.at if status.is_wip else ""),
            submitted=after.submitted or (comment.at if status.is_feedback_request else ""),
            done=comment.at if status.is_done else after.done,
        )
    return after
