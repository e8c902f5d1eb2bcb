"""The gate: the only way to write. Plan with reads, ask a person, send exactly the plan, read every item back.

A tool's resolvers call `propose` and `question`; its body calls `carry_out` with the answer. The model can supply
neither.
"""

import logging
import sys
import time
from dataclasses import replace
from functools import partial

import anyio
from mcp.server.mcpserver import AcceptedElicitation, ElicitationResult
from mcp.types import CallToolResult

from kitsu_tools.gate.before_sending import before_sending
from kitsu_tools.gate.confirmation import Confirmation
from kitsu_tools.gate.journal import LOOKED_FOR_SECONDS, Journal, Unsettled
from kitsu_tools.gate.plan import Item, Plan
from kitsu_tools.gate.question import entries
from kitsu_tools.gate.read_back import posted
from kitsu_tools.gate.receipt import Result, nothing_written, used_already
from kitsu_tools.gate.sending import Sending, row
from kitsu_tools.gate.text import checked, hashtags, spaced, unshown
from kitsu_tools.tracker.errors import BadInput, KitsuError, NotFound
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu

logger = logging.getLogger(__name__)

ABSENT_AFTER_SECONDS = 120.0
"""An absent comment proves nothing sooner: a proxy may still deliver what it swallowed."""


class Gate:
    """The gate of one signed-in identity."""

    def __init__(self, kitsu: Kitsu, journal: Journal, person: str) -> None:
        self._kitsu = kitsu
        self._journal = journal
        self.person = person
        self._sending = anyio.Lock()

    async def propose(self, plan: Plan) -> Plan:
        """Write the plan into the journal and give it its code. Rendering the question again changes nothing.

        What was left open before it is settled on the way; what other calls send meanwhile is theirs.
        """
        code, planned_at = await self._journal.propose(plan, await self._whose())
        await self.settle(planned_at)
        return replace(plan, code=code)

    async def carry_out(self, plan: Plan, answer: ElicitationResult[Confirmation]) -> CallToolResult:
        """Do what the person said yes to, and nothing else.

        Raises:
            BadInput: what they left in the comment field cannot be sent. Nothing was written.
            JournalError: the journal cannot be written. Nothing was sent after that.
        """
        if not isinstance(answer, AcceptedElicitation):
            with before_sending():
                await self._journal.answered(plan.code, answer.action, "")
            said = f"the person said no ({answer.action}). Ask them what they want before trying again."
            return nothing_written(plan, said)
        with before_sending():
            try:
                items, text = _agreed(plan, answer.data)
            except BadInput:
                await self._journal.answered(plan.code, "accept, unusable", "")
                raise
            is_first = await self._journal.answered(plan.code, f"accept {len(items)} of {len(plan.items)}", text)
        if not is_first:
            return used_already(plan)
        if not items:
            return nothing_written(plan, "the person unticked every change.")
        return await Sending(self._kitsu, self._journal, plan, self._sending).send(items, text)

    async def settle(self, before: float = sys.float_info.max) -> list[Result]:
        """Find out about what this identity left open, by reading Kitsu: a comment is known by its journal code.

        `before`: only what was sent before that time, in seconds since 1970.
        """
        opened = await self._journal.unsettled(self._kitsu.session.credentials.host, before)
        whose = await self._whose() if opened else ""
        mine = [one for one in opened if one.kitsu == whose]
        results: list[Result] = []
        for one, result in zip(mine, await gather(*[partial(self._settled, one) for one in mine]), strict=True):
            if result is not None:
                await self._journal.settle(one.code, [row(result)])
                results.append(result)
        return results

    async def _settled(self, one: Unsettled) -> Result | None:
        """What became of one item; None while that cannot be known and is still looked for."""
        item = Item(one.task_id, "", one.address, "", "", "", "")
        age = time.time() - one.sent_at
        late = age > ABSENT_AFTER_SECONDS
        try:
            comment = await posted(self._kitsu, one.task_id, one.code)
        except NotFound:
            return Result(item, "failed", detail="the task is gone") if late else None
        except Exception as error:  # what one item meets must not stop the others, nor the proposal that looked
            if not isinstance(error, KitsuError):
                logger.exception("reading back met something unexpected")
            detail = f"not looked for any more, a day after it was sent: {error}"
            return Result(item, "unknown", detail=detail) if age > LOOKED_FOR_SECONDS else None
        if comment is not None:
            return Result(item, "applied", detail="its comment is in Kitsu", comment_id=comment)
        return Result(item, "failed", detail="not in Kitsu two minutes later") if late else None

    async def _whose(self) -> str:
        """The address and the identity that write here: another identity may not see what this one wrote."""
        return f"{self._kitsu.session.credentials.host} {(await self._kitsu.directory.me.get()).id}"


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
            raise BadInput(f"The host answered with a change that was not offered: {strange[0]!r}.")
        items = tuple(item for entry, item in offered.items() if entry in confirmation.ticked)
    text = plan.text
    if confirmation.edited is not None:
        text = spaced(checked(unshown(confirmation.edited), "The comment as the person left it"), plan.mentioned)
        if not text:
            raise BadInput("The person emptied the comment.")
        if hashtags(text) - hashtags(plan.text):
            raise BadInput("The person added a hashtag, by which Kitsu would also comment on other tasks.")
    return items, text
