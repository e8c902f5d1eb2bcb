"""Sending a confirmed change: each batch after one more look at what it would overwrite, each item read back."""

import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence, Set
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
from typing import Any

import anyio
from anyio.lowlevel import checkpoint_if_cancelled
from mcp.types import CallToolResult

from kitsu_tools.gate.change import Change, Earlier, Effect, Item, Raw, Request
from kitsu_tools.gate.journal import Journal
from kitsu_tools.gate.kind import Evidence, Kind, Looked
from kitsu_tools.gate.receipt import Result, receipt
from kitsu_tools.gate.schema import JournalError
from kitsu_tools.tracker.errors import KitsuError, LostAnswer
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.upload import Upload

logger = logging.getLogger(__name__)

KNOWN_SECONDS = 10.0
"""After so long the journal is told anew of what is about to go: what goes late is looked for as long as the rest."""

NOT_MADE = "not sent: what it names was not made"

Progress = Callable[[float, float], Awaitable[None]]
"""Told how many items of how many are through; of one that sends files, by their bytes, how much of it."""


@dataclass(slots=True)
class Batch:
    """One batch on its way: which of its items went out, and what each met; `stop` is why nothing follows.

    `lease` keeps other changes out until it is closed; `through` items of `of` went before it. `keys` are the items of
    the request that went last; `not_sent` requests are in the journal and did not go.
    """

    through: int
    of: int
    lease: AsyncExitStack = field(default_factory=AsyncExitStack)
    went_out: set[str] = field(default_factory=set[str])
    keys: tuple[str, ...] = ()
    not_sent: int = 0
    failures: dict[str, KitsuError] = field(default_factory=dict[str, KitsuError])
    stop: str = ""
    results: list[Result] = field(default_factory=list[Result])


class Sending:
    """One change on its way. It knows what each thing must be for the next batch to be as agreed."""

    def __init__(self, kitsu: Kitsu, journal: Journal, kind: Kind[Any], change: Change, progress: Progress) -> None:
        self._kitsu = kitsu
        self._journal = journal
        self._kind = kind
        self._change = change
        self._progress = progress
        self._found: list[Result] = []
        self._not_sent = 0
        self._ids: dict[str, str] = {}
        self._is_noted = True
        self._expected: dict[tuple[str, str], set[Raw]] = {}
        self._expect()

    def _expect(self) -> None:
        """Know what each thing is before the change, but for what is known of it already."""
        before = {(one.target, part.name): {part.before.raw} for one in self._change.items for part in one.fields}
        self._expected = before | self._expected
        for effect in self._change.effects:
            if effect.field is not None:  # what Kitsu would set and somebody has set already overwrites nothing
                either = {effect.field.before.raw, effect.field.after.raw}
                self._expected.setdefault((effect.target, effect.field.name), either)

    async def send(self, items: Sequence[Item], text: str) -> CallToolResult:
        """Send the change for these items, one batch after the other, and stop at the first that fails; also at a step
        of which something was not done, as later ones were planned upon it. What names a thing that an earlier step was
        to make, and did not, is not sent.
        """
        results: dict[str, Result] = {}
        stop = ""
        try:
            for number in range(len(self._change.in_turn(items))):
                items = self._with_ids(items)
                step = self._change.in_turn(items)[number]
                applied = {key for key, one in results.items() if one.outcome == "applied"}
                some = [item for item in step if applied.issuperset(item.hangs_on)]
                left = [item for item in step if not applied.issuperset(item.hangs_on)]
                results |= {one.item.key: one for one in _skipped(left, NOT_MADE)}
                size = self._kind.batch(replace(self._change, items=tuple(some))) if some else 1
                for start in range(0, len(some), size):
                    batch = Batch(len(results), len(items), stop=stop)
                    await self._batch(some[start : start + size], text, batch)
                    results |= {result.item.key: result for result in batch.results}
                    if not stop:
                        await self._progress(len(results), len(items))
                    stop = batch.stop
                undone = [one for one in some if results[one.key].outcome not in {"applied", "skipped"}]
                stop = stop or (
                    f"not sent: the step before it was not done whole ({undone[0].address})" if undone else ""
                )
            left_out = [item for item in self._change.items if item.key not in results]
            unticked = [Result(one, "skipped", one.was, self._why_out(one, results.keys())) for one in left_out]
            ordered = [results[item.key] for item in items] + unticked
            told = receipt(self._change, ordered, text, await self._also(ordered, text))
            await self._noted([*self._change.earlier, *(Earlier(self._change.code, one.key, 0.0) for one in items)])
            return told
        finally:
            with anyio.CancelScope(shield=True):
                await self._noted()

    def _why_out(self, item: Item, sent: Set[str]) -> str:
        if not sent >= {*item.hangs_on}:
            return NOT_MADE
        return f"{'un' if item.ticked else 'not '}ticked by the person"

    def _with_ids(self, items: Sequence[Item]) -> Sequence[Item]:
        """These, once the change names what was made so far by its ids; the journal keeps it so from then on."""
        if not self._ids:
            return items
        keys = {item.key for item in items}
        places = [place for place, item in enumerate(self._change.items) if item.key in keys]
        self._change, self._ids, self._is_noted = self._change.with_ids(self._ids), {}, False
        self._expect()
        return [self._change.items[place] for place in places]

    async def _noted(self, told: Iterable[Earlier] = ()) -> str:
        """Have the journal record what was found out since the last time; why it did not, empty where it did."""
        said = ""
        try:
            if self._found or told:
                whole = None if self._is_noted else self._change
                await self._journal.settle(self._change.code, self._found, told, not_sent=self._not_sent, whole=whole)
                self._is_noted = True
        except JournalError as error:
            logger.warning("the journal could not note what became of a change")
            said = f"not sent: {error}"
        self._found, self._not_sent = [], 0  # not where it was cancelled: the next one has it then
        return said

    async def _batch(self, items: Sequence[Item], text: str, batch: Batch) -> None:
        """One batch, alone from its last look to its reading back, or to a request that lets others in: no other change
        comes between, of this server or of another that writes the same journal.
        """
        batch.stop = batch.stop or await self._noted()  # what became of the batch before
        try:
            if not batch.stop:
                async with self._journal.alone(self._change.code) as batch.lease:
                    if fresh := await self._still_so(items, batch):
                        await self._through(fresh, text, batch)
        except KitsuError as error:
            batch.stop = f"not sent: {error}"
        except Exception:
            if batch.went_out:
                raise
            logger.exception("the last look met something unexpected")
            batch.stop = "not sent: Kitsu answered something that it should not."
        told = {result.item.key for result in batch.results}
        batch.results += _skipped([item for item in items if item.key not in told], batch.stop)
        self._follow(batch.results)

    async def _still_so(self, items: Sequence[Item], batch: Batch) -> list[Item]:
        """Which items are as the person saw them, and so what Kitsu changes with them; the others get their result."""
        moved = {item.key: [one for one in self._change.effects_of([item]) if one.field] for item in items}
        along = {item.key: [item.target, *(one.target for one in moved[item.key])] for item in items}
        if self._change.project_id and not self._change.reopens:  # Zou takes much for a closed one, and tells little
            directory, moment = self._kitsu.directory, time.monotonic()
            await directory.written_to(self._change.project_id, self._change.project, moment)
        now = await self._kind.look(self._kitsu, [one for several in along.values() for one in several if one])
        fresh: list[Item] = []
        for item in items:
            other = next((one for one in along[item.key] if one and not self._as_expected(one, now)), "")
            if not other:
                fresh.append(item)
                continue
            by = await self._kind.changed_by(self._kitsu, other) if other in now else "it is gone"
            where = (
                ""
                if other == item.target
                else f" ({next(one.address for one in moved[item.key] if one.target == other)})"
            )
            detail = f"changed since you were asked{where}: {by}"
            batch.results.append(Result(item, "skipped", item.shown(now.get(item.target, {})), detail))
        return fresh

    async def _through(self, items: Sequence[Item], text: str, batch: Batch) -> None:
        """The requests of a batch. Once one is out, neither a failure nor a shutdown keeps it from being read back."""
        try:
            await self._send(items, text, batch)
        finally:
            self._not_sent = batch.not_sent
            self._found += _skipped([item for item in items if item.key not in batch.went_out], batch.stop)
            if batch.went_out:
                with anyio.CancelScope(shield=True):
                    await self._read_back([item for item in items if item.key in batch.went_out], batch)

    async def _send(self, items: Sequence[Item], text: str, batch: Batch) -> None:
        async with aclosing(self._kind.steps(self._change, items, text)) as steps:
            try:
                step = await anext(steps)
                while True:
                    answer, failure = await self._step([step] if isinstance(step, Request) else step, batch)
                    step = await (steps.asend(answer) if failure is None else steps.athrow(failure))
            except StopAsyncIteration:
                return
            except JournalError as error:
                batch.stop = f"not sent: {error}"
            except KitsuError as error:
                why = ", because an earlier request failed" if batch.failures else ""
                batch.failures |= dict.fromkeys(batch.keys, error)  # not what cleaning up met
                batch.stop = f"not sent{why}: {error}"
            except Exception:  # what is out is read back and told, whatever a step made of an answer
                if not batch.went_out:
                    raise
                logger.exception("a step met something unexpected")
                batch.stop = "not sent: Kitsu answered something that it should not."

    async def _step(self, requests: Sequence[Request], batch: Batch) -> tuple[Any, KitsuError | None]:
        """Requests that the journal knows of before the first goes, unless they only read; the first to fail ends them.

        The answer to the last, and the failure.
        """
        first = requests[0]
        batch.keys = first.keys
        if not first.alone:
            await batch.lease.aclose()
        if first.method == "GET":
            try:
                return await self._kitsu.session.read(first.path), None
            except KitsuError as error:
                return None, error
        await self._journal.about_to(self._change, *requests)
        since, batch.not_sent = anyio.current_time(), len(requests)
        answer: Any = None
        failure: KitsuError | None = None
        while batch.not_sent and failure is None:
            left = requests[-batch.not_sent :]
            await checkpoint_if_cancelled()
            if anyio.current_time() - since > KNOWN_SECONDS:
                await self._journal.about_to(self._change, *left, again=True)
                since = anyio.current_time()
            batch.not_sent -= 1
            answer, failure = await self._one(left[0], batch)
        return answer, failure

    async def _one(self, request: Request, batch: Batch) -> tuple[Any, KitsuError | None]:
        """One request. Whatever it meets, it may have taken effect.

        Once out it goes to its end, also where the call was cancelled; but for a file, which may take minutes.
        """
        batch.keys = request.keys
        batch.went_out |= set(request.keys)
        failure: KitsuError | None = None
        answer: Any = None
        try:
            with anyio.CancelScope(shield=not isinstance(request.body, Upload)):
                answer = await self._kitsu.write(
                    request.method, request.path, request.body, request.expect, self._told(request.body, batch)
                )
        except KitsuError as error:
            failure = error
        except anyio.get_cancelled_exc_class():
            batch.failures |= dict.fromkeys(request.keys, LostAnswer("It was cancelled on its way."))
            raise
        except Exception:  # whatever it was, the request may be in Kitsu, and that must be looked at
            logger.exception("a write met something unexpected")
            failure = LostAnswer("Its answer could not be understood.")
        if failure is not None:
            batch.failures |= dict.fromkeys(request.keys, failure)
        return answer, failure

    def _told(self, body: object, batch: Batch) -> Callable[[int], Awaitable[None]] | None:
        """Hears how many bytes of a file are out, and tells it as a part of its item, which they never make whole."""
        if not isinstance(body, Upload):
            return None

        async def told(sent: int) -> None:
            await self._progress(batch.through + (body.before + sent) / (body.total + 1), batch.of)

        return told

    async def _read_back(self, items: Sequence[Item], batch: Batch) -> None:
        """What became of each item, by reading Kitsu: a batch may stop half-way, and its answer names no item."""
        try:
            now = await self._kind.look(self._kitsu, [item.target for item in items if item.target])
            found = await self._kind.evidence(self._kitsu, self._change, items, now)
            results = [_outcome(item, found[item.key], batch.failures.get(item.key)) for item in items]
            for one in results:
                if one.outcome == "applied" and one.item.made:
                    self._ids |= {one.item.made: one.reference, **found[one.item.key].along}
        except Exception as error:  # unknown is the one thing that is true then
            if not isinstance(error, KitsuError):
                logger.exception("reading back met something unexpected")
            detail = f"sent, but Kitsu could not be read afterwards: {error if isinstance(error, KitsuError) else ''}"
            results = [Result(item, "unknown", detail=detail) for item in items]
        batch.results += results
        self._found += results

    def _follow(self, results: Sequence[Result]) -> None:
        """Take what was just applied, and what Kitsu did because of it, as what the next batch will find."""
        applied = [result.item for result in results if result.outcome == "applied"]
        self._expected |= {(one.target, part.name): {part.after.raw} for one in applied for part in one.fields}
        for effect in self._change.effects_of(applied):
            if effect.field is not None:
                self._expected[effect.target, effect.field.name] = {effect.field.after.raw}

    async def _also(self, results: Sequence[Result], text: str) -> list[str]:
        """The effects foreseen for what was applied: as read back, or as expected where nothing was read."""
        applied = [result.item for result in results if result.outcome == "applied"]
        effects = self._change.with_effects_of(applied, text).effects_of(applied)
        last = {one.target: one for one in effects if one.field is not None and not one.lead}
        now: Looked = {}
        if last:
            try:
                now = await self._kind.look(self._kitsu, list(last))
            except KitsuError:
                pass
            except Exception:  # the receipt of what was written must not be lost by it
                logger.exception("looking at effects met something unexpected")
        return [_read(one, now if last.get(one.target) is one else {}) for one in effects]

    def _as_expected(self, target: str, now: Looked) -> bool:
        """A field that is not looked at is not one that can be overwritten."""
        if target not in now:
            return False
        expected = self._expected
        return all(value.raw in expected.get((target, name), {value.raw}) for name, value in now[target].items())


def _skipped(items: Sequence[Item], why: str) -> list[Result]:
    return [Result(item, "skipped", detail=why) for item in items]


def _outcome(item: Item, found: Evidence, failure: KitsuError | None) -> Result:
    """What became of an item, by what Kitsu shows of it and what was answered."""
    lost, part = isinstance(failure, LostAnswer), found.found == "part"
    if part or found.found == "there":
        outcome = "applied" if not part else "unknown" if lost else "failed"
        detail = " ".join(filter(None, (found.detail, str(failure or "") if part else "")))
        return Result(item, outcome, found.now, detail, found.reference)
    if failure is not None:
        said = f"not in Kitsu so far. {failure}" if lost else str(failure)
        return Result(item, "unknown" if lost else "refused", found.now, said)
    if found.found == "unclear":
        return Result(item, "applied", found.now, found.detail)
    return Result(item, "failed", found.now, f"Kitsu answered success but {found.detail}")


def _read(effect: Effect, now: Looked) -> str:
    value = now.get(effect.target, {}).get(effect.field.name) if effect.field else None
    if value is not None and effect.field is not None and value.raw == effect.field.after.raw:
        return f"{effect.says} (now {value.shown})"
    return f"{effect.says} (expected{f'; now {value.shown}' if value else ''})"
