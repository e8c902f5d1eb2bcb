"""The gate: the only way to write. Plan with reads, ask a person, send exactly the plan, read every item back.

A tool's resolvers call `propose` and `question`; its body calls `carry_out` with the answer. The model can supply
neither.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import anyio
from mcp.server.mcpserver import AcceptedElicitation, ElicitationResult
from mcp.types import CallToolResult

from kitsu_tools.gate.journal import Journal, JournalError, Outcome, Unsettled
from kitsu_tools.gate.plan import Item, Plan, Request
from kitsu_tools.gate.question import Confirmation, entries
from kitsu_tools.gate.read_back import Current, changed_by_whom, currently, posted
from kitsu_tools.gate.receipt import Result, nothing_written, receipt
from kitsu_tools.gate.text import checked, hashtags, spaced, unshown
from kitsu_tools.tracker.errors import BadInput, KitsuError, LostAnswer, NotFound, NotPermitted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.together import together

ABSENT_AFTER_SECONDS = 120.0
"""An absent comment proves nothing sooner: a proxy may still deliver what it swallowed."""


class Gate:
    """The gate of one signed-in identity."""

    def __init__(self, kitsu: Kitsu, journal: Journal, person: str) -> None:
        self._kitsu = kitsu
        self._journal = journal
        self.person = person

    async def propose(self, plan: Plan) -> Plan:
        """Write the plan into the journal and give it its code. Rendering the question again changes nothing."""
        await self.settle()
        return replace(plan, code=await self._journal.propose(plan, self._kitsu.session.credentials.host))

    async def carry_out(self, plan: Plan, answer: ElicitationResult[Confirmation]) -> CallToolResult:
        """Do what the person said yes to, and nothing else.

        Raises:
            BadInput: what they left in the comment field cannot be sent. Nothing was written.
            JournalError: the journal cannot be written. Nothing was sent after that.
        """
        if not isinstance(answer, AcceptedElicitation):
            await self._journal.answered(plan.code, answer.action, "")
            said = f"the person said no ({answer.action}). Ask them what they want before trying again."
            return nothing_written(plan, said)
        try:
            items, text = _agreed(plan, answer.data)
        except BadInput:
            await self._journal.answered(plan.code, "accept, unusable", "")
            raise
        if not await self._journal.answered(plan.code, f"accept {len(items)} of {len(plan.items)}", text):
            return nothing_written(plan, "this confirmation was used already. Propose the change again.")
        if not items:
            return nothing_written(plan, "the person unticked every change.")
        return await self._send(plan, items, text)

    async def settle(self) -> list[Result]:
        """Find out about what was left open, by reading Kitsu: a comment is known by its journal code."""
        results: list[Result] = []
        for one in await self._journal.unsettled(self._kitsu.session.credentials.host):
            result = await self._settled(one)
            if result is not None:
                await self._journal.settle(one.code, [_row(result)])
                results.append(result)
        return results

    async def _settled(self, one: Unsettled) -> Result | None:
        """What became of one item; None while that cannot be known."""
        item = Item(one.task_id, "", one.address, "", "", "", "")
        late = time.time() - one.sent_at > ABSENT_AFTER_SECONDS
        try:
            comment = await posted(self._kitsu, one.task_id, one.code)
        except NotPermitted:
            return None
        except NotFound:
            return Result(item, "failed", detail="the task is gone") if late else None
        if comment is not None:
            return Result(item, "applied", detail="found in Kitsu", comment_id=comment)
        return Result(item, "failed", detail="not in Kitsu two minutes later") if late else None

    async def _send(self, plan: Plan, items: Sequence[Item], text: str) -> CallToolResult:
        """Send the requests of a plan one after the other, and stop at the first that fails."""
        results: dict[str, Result] = {}
        stopped = ""
        for request in plan.requests(items, text):
            sent = _skipped(request.items, stopped) if stopped else await self._send_batch(plan, request.items, text)
            results |= {result.item.task_id: result for result in sent.results}
            stopped = sent.stop
        left_out = [item for item in plan.items if item not in items]
        unticked = [Result(item, "skipped", item.before, "unticked by the person") for item in left_out]
        ordered = [results[item.task_id] for item in items] + unticked
        return receipt(plan, ordered, await self._also(plan, ordered))

    async def _send_batch(self, plan: Plan, items: Sequence[Item], text: str) -> "Sent":
        """One batch, after one more look at what it would overwrite. Once sent, not even a shutdown cuts it short."""
        try:
            fresh, changed = await self._still_so(items)
            if not fresh:
                return Sent(changed, "")
            (request,) = plan.requests(fresh, text)
            await self._journal.about_to(plan.code, request)
        except KitsuError as error:
            return _skipped(items, f"not sent: {error}")
        sent = await self._send_one(plan, request)
        return Sent([*changed, *sent.results], sent.stop)

    async def _still_so(self, items: Sequence[Item]) -> tuple[list[Item], list[Result]]:
        """Which items are as the person saw them, and what became of the others meanwhile."""
        now = await currently(self._kitsu, items)
        fresh: list[Item] = []
        changed: list[Result] = []
        for item in items:
            current = now.get(item.task_id)
            if current is not None and current.status_id == item.before_id:
                fresh.append(item)
                continue
            by = await changed_by_whom(self._kitsu, item.task_id) if current else "it is gone"
            changed.append(
                Result(item, "skipped", current.short if current else "", f"changed since you were asked: {by}")
            )
        return fresh, changed

    async def _send_one(self, plan: Plan, request: Request) -> "Sent":
        """One request that the journal knows of, and its outcomes. Raises nothing: it may have taken effect."""
        failure: KitsuError | None = None
        results: list[Result] = []
        unrecorded = ""
        with anyio.CancelScope(shield=True):
            try:
                await self._kitsu.session.write(request.method, request.path, request.body, request.expect)
            except KitsuError as error:
                failure = error
            results = await self._outcomes(plan, request, failure)
            try:
                await self._journal.settle(plan.code, [_row(result) for result in results])
            except JournalError as error:
                unrecorded = f"not sent: {error}"
        return Sent(results, f"not sent, because an earlier batch failed: {failure}" if failure else unrecorded)

    async def _outcomes(self, plan: Plan, request: Request, failure: KitsuError | None) -> list[Result]:
        """What became of each item, by reading Kitsu: a batch may stop half-way, and its answer names no item."""
        try:
            now = await currently(self._kitsu, request.items)
            found = await together(*[partial(posted, self._kitsu, item.task_id, plan.code) for item in request.items])
        except KitsuError as error:
            detail = f"sent, but Kitsu could not be read afterwards: {error}"
            return [Result(item, "unknown", detail=detail) for item in request.items]
        return [
            _outcome(item, now.get(item.task_id), comment, failure)
            for item, comment in zip(request.items, found, strict=True)
        ]

    async def _also(self, plan: Plan, results: Sequence[Result]) -> list[str]:
        """The effects that the plan foresaw for what was applied, with what is there now."""
        effects = plan.effects_of([result.item for result in results if result.outcome == "applied"])
        moved = [Item(one.task_id, "", one.address, "", "", "", "") for one in effects if one.task_id]
        try:
            now = await currently(self._kitsu, moved) if moved else {}
        except KitsuError:
            return [f"{one.line()} (expected; could not be read back)" for one in effects]
        return [f"{one.line()} (now {now[one.task_id].short})" if one.task_id in now else one.line() for one in effects]


@dataclass(frozen=True, slots=True)
class Sent:
    """The outcomes of one request; `stop` says why nothing further may be sent, empty when all is well."""

    results: list[Result]
    stop: str


def _skipped(items: Sequence[Item], why: str) -> Sent:
    return Sent([Result(item, "skipped", detail=why) for item in items], why)


def _outcome(item: Item, now: Current | None, comment: str | None, failure: KitsuError | None) -> Result:
    short = now.short if now else ""
    if comment is not None:
        moved_on = now is not None and now.status_id != item.after_id
        return Result(item, "applied", short, "the status has moved on since" if moved_on else "", comment)
    if failure is None:
        detail = "Kitsu answered success but posted nothing: the role or department may not comment here"
        return Result(item, "failed", short, detail)
    if isinstance(failure, LostAnswer):
        return Result(item, "unknown", short, f"not in Kitsu so far. {failure}")
    return Result(item, "refused", short, str(failure))


def _agreed(plan: Plan, confirmation: Confirmation) -> tuple[tuple[Item, ...], str]:
    """The items and the text that the person agreed to.

    Raises:
        BadInput: a change that was not offered, or a comment that cannot be sent.
    """
    items = plan.items
    if confirmation.ticked is not None:
        offered = entries(plan)
        strange = [entry for entry in confirmation.ticked if entry not in offered]
        if strange:
            raise BadInput(
                f"The host answered with a change that was not offered: {strange[0]!r}. Nothing was written."
            )
        items = tuple(item for entry, item in offered.items() if entry in confirmation.ticked)
    text = plan.text
    if confirmation.edited is not None:
        text = spaced(checked(unshown(confirmation.edited), "The comment as the person left it"), plan.mentioned)
        if not text:
            raise BadInput("The person emptied the comment. Nothing was written.")
        if hashtags(text) - hashtags(plan.text):
            raise BadInput(
                "The person added a hashtag, by which Kitsu would also comment on other tasks. Nothing was written."
            )
    return items, text


def _row(result: Result) -> tuple[str, Outcome, str, str]:
    return result.item.task_id, result.outcome, result.detail, result.comment_id
