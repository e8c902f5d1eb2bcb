"""The gate: the only way to write. Plan with reads, ask a person, send exactly the plan, read every item back.

A write tool's resolvers call `propose` and `question`; its body calls `carry_out` with the answer. The model can supply
neither.
"""

import logging
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from mcp.server.mcpserver import AcceptedElicitation
from mcp.types import CallToolResult
from pydantic import TypeAdapter

from kitsu_tools.gate.asking import Answer, Asking
from kitsu_tools.gate.change import MOST_ITEMS, Change, Earlier, Item
from kitsu_tools.gate.confirmation import Confirmation, before_sending
from kitsu_tools.gate.history import Entry
from kitsu_tools.gate.journal import Journal, Unsettled
from kitsu_tools.gate.kind import Kind
from kitsu_tools.gate.question import entries
from kitsu_tools.gate.receipt import Result, nothing_written, used_already
from kitsu_tools.gate.schema import LOOKED_FOR_SECONDS
from kitsu_tools.gate.sending import Progress, Sending
from kitsu_tools.gate.text import checked, unshown
from kitsu_tools.tracker.errors import BadInput, KitsuError, NotFound, listed, quoted
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu

logger = logging.getLogger(__name__)

P = TypeVar("P", Entry, Unsettled)

ABSENT_AFTER_SECONDS = 120.0
"""What is not in Kitsu proves nothing sooner: a proxy may still deliver what it swallowed."""


class Gate:
    """The gate of one signed-in identity. `kinds` are the areas' rules, by the name that their changes carry; `asking`
    is how a person is asked.
    """

    def __init__(
        self, kitsu: Kitsu, journal: Journal, kinds: Mapping[str, Kind[Any]], person: str, asking: Asking
    ) -> None:
        self._kitsu = kitsu
        self._journal = journal
        self._kinds = kinds
        self.person = person
        self.asking = asking

    async def propose(self, change: Change) -> Change:
        """Write the change into the journal and give it its code. Rendering the question again changes nothing.

        What was left open before it is settled on the way.

        Raises:
            BadInput: it is more than a person can look through, or an earlier attempt, of which nobody was told, wrote
                all of it already, or may be writing it yet.
        """
        if len(change.items) > MOST_ITEMS:
            raise BadInput(
                f"This would be {len(change.items):,} changes; at most {MOST_ITEMS:,} go in one question. Propose it "
                "in parts that a person can look through."
            )
        whose = self._host, await self._me()
        code = await self._journal.propose(change, *whose, if_clear=True)
        if not code:
            await self.settle()
            earlier = await self._journal.earlier(change, *whose)
            change = await self._without(change, earlier) if earlier else change
            code = await self._journal.propose(change, *whose)
        return replace(change, code=code)

    async def _without(self, change: Change, earlier: Mapping[str, Earlier]) -> Change:
        """The change without what an earlier attempt wrote, of which nobody was told: it must not be written twice."""
        clock = await self._kitsu.clock()

        def said(keys: Collection[str], how: str) -> list[str]:
            named = [(item.address, earlier[item.key]) for item in change.items if item.key in keys]
            when = [clock.local(datetime.fromtimestamp(one.sent_at, UTC).isoformat()) for _, one in named]
            return [
                f"{address} ({how} {at} {clock.zone.key}, from an earlier attempt [{one.code}])"
                for (address, one), at in zip(named, when, strict=True)
            ]

        written = {key for key, one in earlier.items() if one.written}
        young = time.time() - ABSENT_AFTER_SECONDS
        if under_way := {key for key, one in earlier.items() if not one.written and one.sent_at > young}:
            raise BadInput(
                f"Whether this is in Kitsu is not known yet: {listed(said(under_way, 'sent'), 4)}. Leave it out, or "
                "propose it again two minutes after that."
            )
        done = said(written, "in Kitsu since")
        items = tuple(one for one in change.items if one.key not in written)
        if not items:
            await self._journal.settle(change.code, (), earlier.values())
            raise BadInput(
                f"That is written already: {listed(done, 4)}. Its receipt never came. Propose it again only if the "
                "person wants it a second time."
            )
        unclear = said(earlier.keys() - written, "perhaps in Kitsu since")
        left = replace(
            change,
            items=items,
            unchanged=(*change.unchanged, *done),
            earlier=tuple(earlier.values()),
            warnings=(*change.warnings, *unclear),
        )
        return left.with_effects_of(items, change.text)

    def check(self, change: Change, confirmation: Confirmation) -> None:
        """Look whether what a person left ticked and wrote can be sent.

        Raises:
            BadInput: it cannot.
        """
        _bound(change, *_agreed(change, confirmation, self._kinds[change.kind]))

    async def carry_out(self, change: Change, answer: Answer, progress: Progress) -> CallToolResult:
        """Do what the person said yes to, and nothing else.

        Raises:
            BadInput: what they left ticked or in the text field cannot be sent. Nothing was written.
            JournalError: the journal cannot be written. Nothing was sent after that.
        """
        if not isinstance(answer, AcceptedElicitation):
            with before_sending():
                await self._journal.answered(change.code, answer.action, "")
            said = f"the person said no ({answer.action}). Ask them what they want before trying again."
            return nothing_written(change, said)
        kind = self._kinds[change.kind]
        with before_sending():
            try:
                items, text = _agreed(change, answer.data, kind)
                change = _bound(change, items, text)
            except BadInput:
                await self._journal.answered(change.code, "accept, unusable", "")
                raise
            is_first = await self._journal.answered(change.code, f"accept {len(items)} of {len(change.items)}", text)
        if not is_first:
            return used_already(change)
        if not items:
            return nothing_written(change, "the person unticked every change.")
        return await Sending(self._kitsu, self._journal, kind, change, progress).send(items, text)

    async def changes(self, code: str = "") -> list[Entry]:
        """What this identity proposed and did on this Kitsu, newest first; the one of a code where one is given."""
        me = await self._me()
        await self.settle()
        return await self._there(await self._journal.entries(self._host, me, code))

    async def undo(self, code: str) -> Change:
        """What takes a change back, worked out with reads only: to be proposed like any other.

        Raises:
            BadInput, NotFound: there is no such change of this identity on this Kitsu, or nothing of it can come back.
        """
        code = code.strip().strip("[]").casefold()
        found = await self.changes(code) if code else []
        if not found:
            raise NotFound(
                f"code: no change {quoted(code)} was proposed by this identity on this Kitsu. list_changes has them."
            )
        (entry,) = found
        kept, outcomes = await self._journal.kept(code)
        if "applied" not in entry.states:
            unknown = " Look with get_task; it is looked for until a day after." if "unknown" in entry.states else ""
            raise BadInput(
                f"Nothing of [{code}] is known to be written whole ({entry.outcome}), so none comes back.{unknown}"
            )
        kind = self._kinds[entry.kind]
        change: Change = TypeAdapter(kind.change).validate_json(kept)
        sent = [(item, *outcomes[item.key]) for item in change.items if item.key in outcomes]
        applied = [replace(item, made=made) for item, outcome, made in sent if outcome == "applied"]
        undo = await kind.undo(self._kitsu, change, applied)
        if not undo.items:
            raise BadInput(" ".join([f"Everything of [{code}] is as it was already.", *undo.warnings]))
        open_ends = [item.address for item, outcome, _ in sent if outcome in {None, "unknown"}]
        unclear = (f"Of unknown outcome, so left out: {listed(open_ends, 3)}",) if open_ends else ()
        return replace(undo, warnings=(*unclear, *undo.warnings))

    async def settle(self) -> list[Result]:
        """Find out about what this identity left open, by reading Kitsu."""
        opened = await self._journal.unsettled(self._host)
        mine = await self._there(await self._journal.unsettled(self._host, await self._me())) if opened else []
        results: list[Result] = []
        for one, result in zip(mine, await gather(*[partial(self._settled, one) for one in mine]), strict=True):
            if result is not None:
                await self._journal.settle(one.code, [result])
                results.append(result)
        return results

    async def _there(self, found: Sequence[P]) -> list[P]:
        """Those of productions that are there for this server: of others Kitsu's answers are left out, so that what was
        sent would seem never to have come. What is of no production is there.
        """
        directory = self._kitsu.directory
        gone = {
            one.project_id
            for one in (found if directory.is_limited else ())
            if one.project_id and await directory.project_by_id(one.project_id) is None
        }
        return [one for one in found if one.project_id not in gone]

    async def _settled(self, one: Unsettled) -> Result | None:
        """What became of one item; None while that cannot be known and is still looked for."""
        item = Item(one.key, "", one.address, ())
        age = time.time() - one.sent_at
        late = age > ABSENT_AFTER_SECONDS
        try:
            kind = self._kinds[one.kind]
            change: Change = TypeAdapter(kind.change).validate_json(one.change)
            item = next(item for item in change.items if item.key == one.key)
            now = await kind.look(self._kitsu, [item.target] if item.target else [])
            found = (await kind.evidence(self._kitsu, change, [item], now))[item.key]
            if found.found == "absent" and one.project_id and not change.reopens:  # of closed ones Zou tells not all
                await self._kitsu.directory.written_to(one.project_id, change.project, time.monotonic())
        except NotFound:
            return Result(item, "failed", detail="it is gone") if late else None
        except Exception as error:  # what one item meets must not stop the others, nor the proposal that looked
            if not isinstance(error, KitsuError):
                logger.exception("reading back met something unexpected")
            detail = f"not looked for any more, a day after it was sent: {error}"
            return Result(item, "unknown", detail=detail) if age > LOOKED_FOR_SECONDS else None
        if found.found == "there":
            return Result(item, "applied", found.now, "found in Kitsu afterwards", found.reference)
        detail = "not in Kitsu two minutes later" if found.found == "absent" else found.detail
        outcome = "unknown" if found.found == "unclear" else "failed"
        return Result(item, outcome, found.now, detail, found.reference) if late else None

    @property
    def _host(self) -> str:
        return self._kitsu.session.credentials.host

    async def _me(self) -> str:
        """Whose changes these are: another identity may not see what this one wrote."""
        return (await self._kitsu.directory.me.get()).id


def _agreed(change: Change, confirmation: Confirmation, kind: Kind[Any]) -> tuple[tuple[Item, ...], str]:
    """The items and the text that the person agreed to.

    Raises:
        BadInput: a change that was not offered, or a text that cannot be sent.
    """
    items = change.ticked
    if confirmation.ticked is not None:
        offered = {item.key: [item] for item in change.items} if confirmation.by_key else entries(change)
        strange = [entry for entry in confirmation.ticked if entry not in offered]
        if strange:
            raise BadInput(f"The host answered with a change that was not offered: {strange[0]!r}.")
        kept = {item.key for entry in confirmation.ticked for item in offered[entry]}
        items = tuple(item for item in change.items if item.key in kept)
    items = _standing(items)
    text = change.text
    if confirmation.edited is not None:
        text = kind.edited(change, checked(unshown(confirmation.edited), "The comment as the person left it"))
        if not text:
            raise BadInput("The person emptied the comment.")
    return items, text


def _standing(items: Sequence[Item]) -> tuple[Item, ...]:
    """Those of these, in order, whose things are there or made by others of them."""
    kept: dict[str, Item] = {}
    for item in items:
        if kept.keys() >= {*item.hangs_on}:
            kept[item.key] = item
    return tuple(kept.values())


def _bound(change: Change, items: Sequence[Item], text: str) -> Change:
    """The change with the effects of what was agreed to: worked out anew, as what was unticked had its part in them.

    Raises:
        BadInput: one of them reaches what the person unticked, or was not shown to them.
    """
    if len(items) == len(change.items) and text == change.text:
        return change
    bound = change.with_effects_of(items, text)
    kept = {item.key for item in items}
    unticked = {item.target: item for item in change.items if item.key not in kept and item.target}
    reached = next((effect for effect in bound.effects if effect.target in unticked), None)
    if reached is not None:
        raise BadInput(
            f"The person unticked {unticked[reached.target].address}, but Kitsu itself would change it with what they "
            f"left ticked ({reached.says}). Propose it in a way that spares it: without the hashtag, or without the "
            "change that sets it off."
        )
    shown = {(effect.target, effect.says) for effect in change.effects}
    new = next((one for one in bound.effects if (one.target, one.says) not in shown), None)
    if new is not None:
        raise BadInput(
            f"With what the person left ticked Kitsu itself would do something else than they were shown: {new.says}. "
            "Propose what they left ticked by itself."
        )
    return bound
