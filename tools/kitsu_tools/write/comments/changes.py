"""What is changed of comments that are there: their words, ticks, pins, acknowledgements, statuses and readers.

Follows `CommentResource` of Zou 1.0.97. Each change notifies those whom the text names anew, also a pin alone, and its
route for acknowledgements toggles: it is sent only where the state is another than the wanted one.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import orjson

from kitsu_tools.gate.change import Change, Effect, Field, Item, Raw, Request, Value
from kitsu_tools.gate.kind import Evidence, Looked
from kitsu_tools.gate.sets_fields import SetsFields, Wanted, evidence_of
from kitsu_tools.gate.text import checked, signed
from kitsu_tools.tracker.errors import BadInput, NotPermitted, listed
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.people import client_names
from kitsu_tools.tracker.review import records
from kitsu_tools.write.comments.mentions import mentions, spaced
from kitsu_tools.write.comments.named import (
    ACKNOWLEDGED,
    CHECKLIST,
    FOR_CLIENT,
    PINNED,
    TEXT,
    FoundComment,
    changed_by,
    comments_named,
    excerpt,
    look,
    values_of,
)
from kitsu_tools.write.comments.now import CommentsNow, comments_now
from kitsu_tools.write.comments.planning import STATUS, CommentChange, told
from kitsu_tools.write.comments.recomputed import HIDDEN, first_of, recomputed, with_status
from kitsu_tools.write.comments.refusals import Target, may_say, may_set
from kitsu_tools.write.snapshot import omitted, permitted


async def now_for(kitsu: Kitsu, found: Sequence[FoundComment], text: str) -> CommentsNow:
    """Read what decides a plan for these comments, of which one may get this text."""
    now = await comments_now(kitsu, [one.task for one in found], " ".join([text, *(one.comment.text for one in found)]))
    now.refuse_gone(now.tasks)
    return now


async def plan_changes(
    kitsu: Kitsu,
    tool: str,
    now: CommentsNow,
    wanted: Mapping[str, tuple[FoundComment, Mapping[str, Raw]]],
    text: str = "",
) -> CommentChange:
    """What makes these comments so; `text` are the words that one gets whose text is to be None.

    Raises:
        BadInput, NotPermitted: the words cannot be sent, or Zou would refuse the role.
    """
    words = mentions(checked(text), now.team, now.departments)
    items = [_item(now, found, fields, words.text) for found, fields in wanted.values()]
    moving = tuple(item for item in items if item.changes)
    await permitted(kitsu, now, partial(_refuse, kitsu=kitsu, wanted=wanted, items=moving))
    found = [one for one, _ in wanted.values()]

    def foresee(some: Sequence[Item], _: str) -> list[Effect]:
        moved = {item.target: one for item in some for one in item.fields if one.name == STATUS and one.changes}
        set_to = {target.partition("/")[2]: str(one.after.raw) for target, one in moved.items()}
        its = [item for item in some if item.target in moved]
        left = {wanted[item.target][0].task.task.id: with_status(wanted[item.target][0], set_to) for item in its}
        shown = [
            item for item in some for one in item.fields if one.name == FOR_CLIENT and one.after.raw and one.changes
        ]
        effects = [Effect(shown[0].key, "", "", clients, clients)] if shown else []
        return [*effects, *recomputed(now, found, left, first_of(its))]

    clients = (
        f"clients read it ({await client_names(kitsu, now.project)})"
        if any(fields.get(FOR_CLIENT) for _, fields in wanted.values())
        else ""
    )
    kept = {item.target: _puts(item).get(TEXT, wanted[item.target][0].comment.text) for item in moving if _puts(item)}
    heard = [words, *(mentions(str(one), now.team, now.departments) for one in kept.values() if one is not None)]
    hidden = (await kitsu.hidden(now.project)).comments if any(STATUS in one for _, one in wanted.values()) else ""
    return now.change(
        CommentChange,
        items,
        moving,
        kind="comment changes",
        tool=tool,
        verb="Change",
        noun="comment",
        text=words.text,
        effects=tuple(foresee(moving, "")),
        told=told(now, (), heard),
        mentioned=(*words.people, *words.departments),
        warnings=(*((HIDDEN,) if hidden else ()), *omitted({one.task.task.id: one.task for one in found}.values())),
        posts=False,
        detail="Signed as an AI agent's." if words.text else "",
        foresee=foresee,
    )


def _item(now: CommentsNow, found: FoundComment, wanted: Mapping[str, Raw], words: str) -> Item:
    own = replace(found.comment, text=words) if wanted.get(TEXT, "") is None else found.comment
    before, fields = values_of(found.comment, now.me.id, now.statuses), list[Field]()
    for name, raw in wanted.items():
        if name == CHECKLIST:
            ticks = [(bool(ticked), str(text)) for ticked, text in orjson.loads(str(raw))]
            after = values_of(replace(own, checklist=tuple(ticks)), now.me.id, now.statuses)[CHECKLIST]
            changed = [one for one, was in zip(ticks, found.comment.checklist, strict=True) if one != was]
            move = ", ".join(f"{'☑' if ticked else '☐'} {text}" for ticked, text in changed)
            fields.append(Field(name, before[name], after, move=move))
        elif name == TEXT:
            after = Value(raw, excerpt(words if raw is None else str(raw)))
            fields.append(Field(name, before[name], after, move=f"{before[name].shown} → {after.shown}"))
        else:
            its = {PINNED: "pinned", ACKNOWLEDGED: "acknowledged_by", FOR_CLIENT: "for_client", STATUS: "status_id"}
            value = ((now.me.id,) if raw else ()) if name == ACKNOWLEDGED else raw
            after = values_of(replace(own, **{its[name]: value}), now.me.id, now.statuses)[name]
            fields.append(Field(name, before[name], after))
    return Item(found.target, found.target, found.address, tuple(fields))


async def _refuse(
    now: CommentsNow,
    *,
    kitsu: Kitsu,
    wanted: Mapping[str, tuple[FoundComment, Mapping[str, Raw]]],
    items: Sequence[Item],
) -> None:
    """Refuse what Zou refuses the role (`check_update_permissions`, 1.0.97), and words that are somebody else's.

    Raises:
        NotPermitted: which they are.
    """
    refused: dict[str, list[str]] = {}
    manages = now.role in {"admin", "manager"}
    for item in items:
        found = wanted[item.target][0]
        task, own = now.tasks[found.task.task.id], found.comment.person_id == now.me.id
        supervises = manages or now.supervised(task.type_id)
        may = {
            TEXT: own,
            PINNED: supervises,
            CHECKLIST: own or supervises or now.me.id in task.assignees,
            STATUS: own or manages,
            FOR_CLIENT: manages,
        }
        says = {
            TEXT: "words of others",
            PINNED: "pins",
            CHECKLIST: "ticks there",
            STATUS: "statuses of others' comments",
            FOR_CLIENT: "whether clients read it",
        }
        for one in item.fields:
            if one.changes and not may.get(one.name, True):
                refused.setdefault(says[one.name], []).append(item.address)
            elif one.changes and one.name == STATUS and not manages:
                await may_say(now, kitsu=kitsu, targets=[Target(found.task, task, item)], publishes=True)
                if not may_set(now, now.statuses[str(one.after.raw)]):
                    refused.setdefault(f"to {one.after.shown}", []).append(item.address)
    if refused:
        said = "; ".join(f"{what}: {listed(addresses, 4)}" for what, addresses in refused.items())
        raise NotPermitted(f"The role {now.role!r} may not change {said}.")


def _puts(item: Item) -> dict[str, Raw]:
    """What of an item one PUT sets."""
    return {one.name: one.after.raw for one in item.fields if one.changes and one.name != ACKNOWLEDGED}


class _CommentChanges(SetsFields):
    """Fields of comments. A text of None is the change's own, known by its code."""

    def batch(self, change: Change) -> int:
        """All at once: they are few."""
        return len(change.items)

    def edited(self, change: Change, text: str) -> str:
        """The text with a space behind each name. A hashtag in it does nothing any more (Zou 1.0.97)."""
        return spaced(text, cast("CommentChange", change).mentioned)

    async def steps(self, change: Change, items: Sequence[Item], text: str) -> AsyncGenerator[Sequence[Request], Any]:
        """A PUT a comment, and where its acknowledgement is to be another, the request that turns it over."""
        for item in items:
            (task, _, comment), keys = item.target.partition("/"), (item.key,)
            body: dict[str, Any] = _puts(item)
            if TEXT in body:
                body[TEXT] = signed(text, change.signature) if body[TEXT] is None else body[TEXT]
            if STATUS in body:
                body["task_status_id"] = body.pop(STATUS)
            if CHECKLIST in body:
                thread = yield [Request("GET", f"data/tasks/{task}/comments", None, 200, keys)]
                body[CHECKLIST] = _lines(thread, comment, orjson.loads(body[CHECKLIST]))
            if body:
                yield [Request("PUT", f"data/comments/{comment}", body, 200, keys)]
            if any(one.name == ACKNOWLEDGED and one.changes for one in item.fields):
                yield [Request("POST", f"data/tasks/{task}/comments/{comment}/ack", {}, 200, keys)]

    async def evidence(
        self, kitsu: Kitsu, change: Change, items: Sequence[Item], now: Looked
    ) -> Mapping[str, Evidence]:
        """Each field beside what it was to be; our own words by their code."""
        del kitsu
        return {item.key: evidence_of(item, _with_own_words(item, now, change.code)) for item in items}


def _lines(thread: object, comment_id: str, ticks: Sequence[tuple[bool, str]]) -> list[dict[str, Any]]:
    """The checklist as Kitsu has it, with whatever else its lines hold, ticked so.

    Raises:
        BadInput: it is another meanwhile.
    """
    comment = next((one for one in records(thread) if one.get("id") == comment_id), dict[str, Any]())
    lines = records(comment.get("checklist"))
    if [str(one.get("text") or "") for one in lines] != [text for _, text in ticks]:
        raise BadInput("The checklist has changed meanwhile.")
    return [{**line, "checked": ticked} for line, (ticked, _) in zip(lines, ticks, strict=True)]


def _with_own_words(item: Item, now: Looked, code: str) -> Looked:
    text = now.get(item.target, {}).get(TEXT)
    if text is None or not str(text.raw).rstrip().endswith(f"[{code}]"):
        return now
    return {**now, item.target: {**now[item.target], TEXT: replace(text, raw=None)}}


async def _again(kitsu: Kitsu, wanted: Wanted) -> CommentChange:
    found = await comments_named(kitsu, [one.replace("/", "#") for one in wanted])
    now = await now_for(kitsu, found, "")
    return await plan_changes(kitsu, "undo_change", now, {one.target: (one, wanted[one.target]) for one in found})


COMMENT_CHANGES = _CommentChanges(
    look=look, requests=lambda _, __: (), changed_by=changed_by, again=_again, change=CommentChange
)
