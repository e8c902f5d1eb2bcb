"""Sending a confirmed plan: each batch after one more look at what it would overwrite, each item read back."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import anyio
from mcp.types import CallToolResult

from kitsu_tools.gate.journal import Journal, JournalError, Outcome
from kitsu_tools.gate.plan import Effect, Item, Plan, Request
from kitsu_tools.gate.read_back import Current, changed_by_whom, currently, posted
from kitsu_tools.gate.receipt import Result, receipt
from kitsu_tools.tracker.errors import KitsuError, LostAnswer
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """The outcomes of one batch; `stop` says why nothing further may be sent, empty when all is well."""

    results: list[Result]
    stop: str


class Sending:
    """One plan on its way. It knows which status each task must have for the next batch to be as agreed."""

    def __init__(self, kitsu: Kitsu, journal: Journal, plan: Plan, alone: anyio.Lock) -> None:
        self._kitsu = kitsu
        self._journal = journal
        self._plan = plan
        self._alone = alone
        self._expected: dict[str, str] = {item.task_id: item.before_id for item in plan.items}
        for effect in plan.effects:
            if effect.task_id:
                self._expected.setdefault(effect.task_id, effect.before_id)

    async def send(self, items: Sequence[Item], text: str) -> CallToolResult:
        """Send the plan for these items, one batch after the other, and stop at the first that fails."""
        results: dict[str, Result] = {}
        stopped = ""
        for request in self._plan.requests(items, text):
            sent = _skipped(request.items, stopped) if stopped else await self._batch(request.items, text)
            results |= {result.item.task_id: result for result in sent.results}
            stopped = sent.stop
        left_out = [item for item in self._plan.items if item not in items]
        unticked = [Result(item, "skipped", item.before, "unticked by the person") for item in left_out]
        ordered = [results[item.task_id] for item in items] + unticked
        return receipt(self._plan, ordered, text, await self._also(ordered))

    async def _batch(self, items: Sequence[Item], text: str) -> Sent:
        """One batch, alone from its last look to its reading back: no other change of this server comes between.

        Once it is sent, not even a shutdown cuts it short.
        """
        async with self._alone:
            try:
                fresh, changed = await self._still_so(items)
                if not fresh:
                    return Sent(changed, "")
                (request,) = self._plan.requests(fresh, text)
                await self._journal.about_to(self._plan.code, request)
            except KitsuError as error:
                return _skipped(items, f"not sent: {error}")
            sent = await self._through(request)
        self._follow(sent.results)
        return Sent([*changed, *sent.results], sent.stop)

    async def _still_so(self, items: Sequence[Item]) -> tuple[list[Item], list[Result]]:
        """Which items are as the person saw them, and so the tasks Kitsu moves with them; what became of the others."""
        along = {item.task_id: [item.task_id, *(one.task_id for one in self._moved_by(item))] for item in items}
        now = await currently(self._kitsu, [task_id for ids in along.values() for task_id in ids])
        fresh: list[Item] = []
        changed: list[Result] = []
        for item in items:
            other = next((one for one in along[item.task_id] if not self._as_expected(one, now)), "")
            if not other:
                fresh.append(item)
                continue
            short = now[item.task_id].short if item.task_id in now else ""
            by = await changed_by_whom(self._kitsu, other) if other in now else "it is gone"
            where = "" if other == item.task_id else f" ({self._address(other)})"
            changed.append(Result(item, "skipped", short, f"changed since you were asked{where}: {by}"))
        return fresh, changed

    async def _through(self, request: Request) -> Sent:
        """One request that the journal knows of, and its outcomes. Raises nothing: it may have taken effect."""
        failure: KitsuError | None = None
        results: list[Result] = []
        unrecorded = ""
        with anyio.CancelScope(shield=True):
            try:
                await self._kitsu.session.write(request.method, request.path, request.body, request.expect)
            except KitsuError as error:
                failure = error
            except Exception:  # whatever it was, the request may be in Kitsu, and that must be looked at
                logger.exception("a write met something unexpected")
                failure = LostAnswer("Its answer could not be understood.")
            results = await self._outcomes(request, failure)
            try:
                await self._journal.settle(self._plan.code, [row(result) for result in results])
            except JournalError as error:
                unrecorded = f"not sent: {error}"
        return Sent(results, f"not sent, because an earlier batch failed: {failure}" if failure else unrecorded)

    async def _outcomes(self, request: Request, failure: KitsuError | None) -> list[Result]:
        """What became of each item, by reading Kitsu: a batch may stop half-way, and its answer names no item."""
        ids = [item.task_id for item in request.items]
        try:
            now = await currently(self._kitsu, ids)
            found = await gather(*[partial(posted, self._kitsu, one, self._plan.code) for one in ids])
        except Exception as error:  # unknown is the one thing that is true then
            if not isinstance(error, KitsuError):
                logger.exception("reading back met something unexpected")
            detail = f"sent, but Kitsu could not be read afterwards: {error if isinstance(error, KitsuError) else ''}"
            return [Result(item, "unknown", detail=detail) for item in request.items]
        return [
            self._outcome(item, now.get(item.task_id), comment, failure)
            for item, comment in zip(request.items, found, strict=True)
        ]

    def _outcome(self, item: Item, now: Current | None, comment: str | None, failure: KitsuError | None) -> Result:
        short = now.short if now else ""
        if comment is None:
            return _not_posted(item, short, failure)
        if now is None or now.status_id == item.after_id:
            return Result(item, "applied", short, "", comment)
        moves = {effect.after_id for effect in self._plan.effects if effect.task_id == item.task_id}
        if now.status_id == item.before_id and now.status_id not in moves:
            detail = f"the comment was posted, but Kitsu did not set the status. {failure or ''}".strip()
            return Result(item, "failed", short, detail, comment)
        return Result(item, "applied", short, "the status has moved on since", comment)

    def _follow(self, results: Sequence[Result]) -> None:
        """Take what was just applied, and what Kitsu did because of it, as what the next batch will find."""
        applied = [result.item for result in results if result.outcome == "applied"]
        self._expected |= {item.task_id: item.after_id for item in applied}
        self._expected |= {one.task_id: one.after_id for one in self._plan.effects_of(applied) if one.task_id}

    async def _also(self, results: Sequence[Result]) -> list[str]:
        """The effects foreseen for what was applied: as read back, or as expected where nothing was read."""
        effects = self._plan.effects_of([result.item for result in results if result.outcome == "applied"])
        last = {one.task_id: one for one in effects if one.kind == "status"}
        try:
            now = await currently(self._kitsu, list(last)) if last else {}
        except KitsuError:
            now = {}
        return [_read(one, now.get(one.task_id) if last.get(one.task_id) is one else None) for one in effects]

    def _moved_by(self, item: Item) -> list[Effect]:
        return [effect for effect in self._plan.effects_of([item]) if effect.task_id]

    def _as_expected(self, task_id: str, now: dict[str, Current]) -> bool:
        return task_id in now and now[task_id].status_id == self._expected[task_id]

    def _address(self, task_id: str) -> str:
        return next((effect.address for effect in self._plan.effects if effect.task_id == task_id), "")


def row(result: Result) -> tuple[str, Outcome, str, str]:
    """A result as the journal keeps it."""
    return result.item.task_id, result.outcome, result.detail, result.comment_id


def _skipped(items: Sequence[Item], why: str) -> Sent:
    return Sent([Result(item, "skipped", detail=why) for item in items], why)


def _not_posted(item: Item, short: str, failure: KitsuError | None) -> Result:
    if failure is None:
        detail = "Kitsu answered success but posted nothing: the role or department may not comment here"
        return Result(item, "failed", short, detail)
    if isinstance(failure, LostAnswer):
        return Result(item, "unknown", short, f"not in Kitsu so far. {failure}")
    return Result(item, "refused", short, str(failure))


def _read(effect: Effect, now: Current | None) -> str:
    if now is not None and now.status_id == effect.after_id:
        return f"{effect.line()} (now {now.short})"
    return f"{effect.line()} (expected{f'; now {now.short}' if now else ''})"
