"""The ways to ask a person, which of them is taken on a host, and how a call waits for an answer given on a page.

A form goes through the host, which shows it and hands the answer back. A page is ours: its address is given to the
person, by the host (a URL elicitation) or by their browser, and to nobody else: it stands in no result, no error, no
progress and no log, so that a model limited to these tools cannot answer.
"""

import secrets
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

import anyio
from mcp.server.mcpserver import AcceptedElicitation, CancelledElicitation, Context, DeclinedElicitation
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp.types import ElicitRequest, ElicitRequestURLParams, ElicitResult, InputRequiredResult

from kitsu_tools.gate.change import Change
from kitsu_tools.gate.confirmation import Confirmation
from kitsu_tools.gate.hosts import profile_of
from kitsu_tools.gate.question import headline
from kitsu_tools.tracker.errors import KitsuError

Confirm = Literal["auto", "form", "page", "off"]
Way = Literal["form", "address", "browser"]
"""A form in the host, a page whose address the host shows, a page that is opened in the person's browser."""
Answer = AcceptedElicitation[Confirmation] | DeclinedElicitation | CancelledElicitation
MODERN = "2026-07-28"
SHARE_OF_THE_HOSTS_PATIENCE = 2 / 3
"""How much of the time that a host gives a call may go by waiting: planning goes before, and sending comes after."""
PROGRESS_SECONDS = 10.0
"""Claude Code 2.1.330 gives up a call that is silent for long; others count from the last progress too."""


class CannotAsk(KitsuError):
    """There is no way to put a question to a person."""


class AskAtAddress(ToolError):
    """Not an error: the host is to show an address to the person, and to call again. `StrictTool` makes a result of it,
    as the SDK lets no tool with resolvers ask this way (mcp 2.3.0).
    """

    def __init__(self, request: InputRequiredResult) -> None:
        super().__init__("the question is asked on a page")
        self.request = request


class OnPage(Confirmation):
    """What a person left ticked on a page, by the items' keys, and the text as they left it."""

    by_key: ClassVar[bool] = True
    changes: list[str]
    comment: str | None = None


@dataclass
class Asked:
    """One question on a page. It can be answered once, until `ends_at` (of the monotonic clock).

    `check` raises BadInput for an answer that cannot be sent; the person may then mend it. `shown`: it was given to a
    browser, which has not said since that it was closed. `waiting`: how many calls wait for the answer.
    """

    change: Change
    check: Callable[[Confirmation], None]
    address: str
    ends_at: float
    answered: anyio.Event
    answer: Answer | None = None
    shown: bool = False
    waiting: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it can still be answered."""
        return self.answer is None and self.left_seconds > 0

    @property
    def left_seconds(self) -> float:
        """Until then it may be answered, and the answer be collected."""
        return self.ends_at - time.monotonic()

    def settle(self, answer: Answer) -> None:
        """Take an answer; the first one counts."""
        if self.answer is None:
            self.answer = answer
            self.answered.set()

    @contextmanager
    def awaited(self) -> Generator[None]:
        """While a call waits for the answer."""
        self.waiting += 1
        try:
            yield
        finally:
            self.waiting -= 1


class Pages(Protocol):
    """The pages of this server."""

    async def has_browser(self) -> bool:
        """Whether a page can be opened on this machine, before the person's eyes."""
        ...

    async def ask(self, change: Change, check: Callable[[Confirmation], None]) -> Asked:
        """The page of a change: the one there is, answered or not, or a new one.

        Raises:
            CannotAsk: too many questions are open, or no page can be served.
        """
        ...

    async def open(self, asked: Asked) -> bool:
        """Open it in the person's browser. False where that did not work."""
        ...

    def collected(self, asked: Asked) -> None:
        """Its answer was taken, or nobody wants it any more: it can be neither given nor taken again."""
        ...


@dataclass(frozen=True, slots=True)
class Asking:
    """How this server asks. `answer_seconds`: how long a call waits for an answer on a page; None: as the host lets."""

    confirm: Confirm
    pages: Pages
    answer_seconds: float | None = None

    async def way(self, ctx: Context, agent: str) -> Way:
        """How a person is asked on this host.

        Raises:
            CannotAsk: not at all.
        """
        if self.confirm == "off":
            raise CannotAsk("This server only reads: KITSU_CONFIRM is off. Let the person make this change in Kitsu.")
        capabilities = ctx.client_capabilities
        declared = capabilities.elicitation if capabilities is not None else None
        if declared is not None and (_is_modern(ctx) or ctx.session.can_send_request):
            form = declared.form is not None or declared.url is None
            if form and (self.confirm == "form" or (self.confirm == "auto" and profile_of(agent).lists)):
                return "form"
            if declared.url is not None and self.confirm != "form":
                return "address"
        if self.confirm != "form" and await self.pages.has_browser():
            return "browser"
        why, instead = "this machine has no browser to show it in", "let the person"
        if self.confirm == "form":
            why, instead = "KITSU_CONFIRM allows no other way to ask them", "let the person set it to auto, or"
        raise CannotAsk(
            f"This host cannot show a question to a person (MCP elicitation), {why}, and nothing is written to Kitsu "
            f"without a person's yes. Use a host that can ask, such as Claude Code, or {instead} make this change in "
            "Kitsu."
        )

    async def on_page(self, ctx: Context, asked: Asked, way: Way) -> Answer | None:
        """What the person answers on a page; None where they have not, and the call may last no longer.

        Raises:
            AskAtAddress: the host is to show the address first.
            CannotAsk: the browser does not open.
        """
        if asked.answer is None and way == "browser" and not asked.shown and not await self.pages.open(asked):
            self.pages.collected(asked)
            raise CannotAsk("The browser in which the question was to be shown did not open. Let the person see why.")
        if asked.answer is None and way == "address" and _is_modern(ctx):
            self._shown_by_the_host(ctx, asked)
        with asked.awaited():
            if way == "address" and not _is_modern(ctx):
                async with anyio.create_task_group() as group:
                    group.start_soon(_elicit_address, ctx, asked)
                    await self._wait(ctx, asked)
                    group.cancel_scope.cancel()
            else:
                await self._wait(ctx, asked)
        if asked.answer is not None or asked.left_seconds <= 0:
            self.pages.collected(asked)
        return asked.answer

    def _shown_by_the_host(self, ctx: Context, asked: Asked) -> None:
        """Let the host show the address; once it has, a no that it brings back counts, and a yes only on the page."""
        code = asked.change.code
        given = (ctx.input_responses or {}).get(code)
        if not isinstance(given, ElicitResult):
            shown = ElicitRequest(params=ElicitRequestURLParams(message=_invitation(asked), url=asked.address))
            raise AskAtAddress(InputRequiredResult(input_requests={code: shown}))
        if given.action != "accept":
            asked.settle(DeclinedElicitation() if given.action == "decline" else CancelledElicitation())

    async def _wait(self, ctx: Context, asked: Asked) -> None:
        """Wait for the answer, with progress below 1: sending goes on from there."""
        patience = profile_of(asked.change.agent).waits_seconds * SHARE_OF_THE_HOSTS_PATIENCE
        seconds = max(min(self.answer_seconds or patience, asked.left_seconds), 0.01)
        started = time.monotonic()
        with anyio.move_on_after(seconds):
            while asked.answer is None:
                done = min((time.monotonic() - started) / seconds, 0.99)
                await ctx.report_progress(done, message="Waiting for the person, who is asked on a page")
                with anyio.move_on_after(PROGRESS_SECONDS):
                    await asked.answered.wait()


def _is_modern(ctx: Context) -> bool:
    return (ctx.protocol_version or "") >= MODERN


def _invitation(asked: Asked) -> str:
    return f"{headline(asked.change)} Read it whole and answer on a page of this server, in your browser."


async def _elicit_address(ctx: Context, asked: Asked) -> None:
    """Show the address as older protocols do, where the host may answer before the person, after, or never."""
    identity = secrets.token_hex(8)
    try:
        answer = await ctx.session.elicit_url(_invitation(asked), asked.address, identity, ctx.request_id)
        if answer.action != "accept":
            asked.settle(DeclinedElicitation() if answer.action == "decline" else CancelledElicitation())
        await asked.answered.wait()
        await ctx.session.send_elicit_complete(identity, ctx.request_id)
    except MCPError:  # it declares that it shows addresses, and does not
        asked.settle(CancelledElicitation())
