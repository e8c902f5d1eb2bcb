"""Changing comments that are there."""

from collections.abc import Sequence
from typing import Annotated

import orjson
from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere
from kitsu_tools.tracker.errors import BadInput, listed, quoted
from kitsu_tools.tracker.names import matching
from kitsu_tools.write.comments.changes import now_for, plan_changes
from kitsu_tools.write.comments.named import (
    ACKNOWLEDGED,
    CHECKLIST,
    FOR_CLIENT,
    PINNED,
    TEXT,
    CommentsNamed,
    FoundComment,
    comments_named,
)
from kitsu_tools.write.comments.planning import STATUS, CommentChange, status_named
from kitsu_tools.write.tool import writes

Lines = Annotated[Sequence[str], Argument(max_length=50, description="lines of the checklist, as they are")]


@writes
async def change_comment(
    kitsu: KitsuHere,
    comments: CommentsNamed,
    text: Annotated[str, Argument(description="new words of one comment of its own; signed by the server")] = "",
    tick: Lines = (),
    untick: Lines = (),
    pinned: Annotated[bool | None, Argument(description="on top of the task's comments, or no more")] = None,
    acknowledged: Annotated[bool | None, Argument(description="as the signed-in identity")] = None,
    status: Annotated[str, Argument(description="that the comment sets; the task's is counted anew")] = "",
    for_clients: Annotated[bool | None, Argument(description="only where the person asked for it")] = None,
) -> CommentChange:
    """Change comments: own words, ticks, pin, acknowledgement, status, or whether clients read them, after the person
    you work for said yes in their own dialog.

    The receipt says what became of each.
    """
    found = await comments_named(kitsu, comments)
    if len(found) > 1 and (text.strip() or tick or untick):
        raise BadInput("text, tick and untick are of one comment. Name one.")
    flags = {PINNED: pinned, ACKNOWLEDGED: acknowledged, FOR_CLIENT: for_clients}
    fields: dict[str, str | bool | None] = {name: given for name, given in flags.items() if given is not None}
    if text.strip():
        fields[TEXT] = None
    if tick or untick:
        fields[CHECKLIST] = _ticked(found[0], tick, untick)
    now = await now_for(kitsu, found, text)
    if status.strip():
        fields[STATUS] = status_named(now, status).id
    if not fields:
        raise BadInput("Name something to change.")
    change = await plan_changes(kitsu, "change_comment", now, {one.target: (one, fields) for one in found}, text)
    if not change.items:
        raise BadInput("It is so already.")
    return change


def _ticked(found: FoundComment, tick: Sequence[str], untick: Sequence[str]) -> str:
    """The checklist with these lines ticked and unticked, as its value is kept.

    Raises:
        BadInput: there is no such line, or several are alike.
    """
    lines = [[ticked, text] for ticked, text in found.comment.checklist]
    for texts, after in ((tick, True), (untick, False)):
        for wanted in texts:
            fits = matching(wanted, lines, lambda line: str(line[1]))
            if len(fits) != 1:
                why = "several lines answer to that" if fits else "there is no such line"
                there = listed(quoted(text) for _, text in found.comment.checklist) or "none"
                raise BadInput(f"{quoted(wanted)}: {why}. The checklist of {found.address} has {there}.")
            fits[0][0] = after
    return orjson.dumps(lines).decode()
