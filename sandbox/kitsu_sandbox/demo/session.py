"""A real session: a sandbox Kitsu, the server as a child process, and what an agent would ask of it."""

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread
from mcp.client.client import Client
from mcp.client.context import ClientRequestContext
from mcp.client.stdio import StdioServerParameters
from mcp.types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult, Implementation, TextContent

from kitsu_sandbox import programs
from kitsu_sandbox.demo import colleague, connect, cut
from kitsu_sandbox.demo.terminal import has_person, put_question, say, say_call, say_table, say_wrapped, signs_of_life
from kitsu_sandbox.errors import SandboxError
from kitsu_sandbox.keys import DEFAULT_ROLE
from kitsu_sandbox.lifecycle import Connection, Sandbox

EPISODE = "Robo Garden/E01"
SEQUENCE = f"{EPISODE}/SQ01"
SHOT = f"{SEQUENCE}/SH0010"
TASK_TYPE = "Animation"
HEARD_TASK = "Robo Garden/E01/SQ02/SH0010:Compositing"
APPROVAL = "The glow sits right now. Approved!"
MOST_CHANGES = 4
ASKED = frozenset({"change_status", "import_breakdown"})
"""Calls that take as long as a person does."""


def show(sandbox: Sandbox) -> None:
    """Show the session, and how to connect a host afterwards.

    Raises:
        SandboxError: it did not start, or the server answered something the demo cannot go on with.
    """
    with _up(sandbox) as reach:
        try:
            anyio.run(_show, sandbox, reach)
        except BaseExceptionGroup as several:  # of the client's tasks, which end by it
            failed = several.subgroup(SandboxError)
            if failed is None:
                raise
            raise next(_each(failed)) from None
        connect.explain(reach)
    connect.explain_stop(is_up=sandbox.status().is_up)


@contextmanager
def _up(sandbox: Sandbox) -> Generator[Connection]:
    """The sandbox, up. It stays up for a person, who may want to try more, and where it was up before."""
    say("A real Kitsu on this machine")
    began = time.monotonic()
    stays = has_person() or sandbox.status().is_up
    with ExitStack() as stack:
        with signs_of_life():
            reach = sandbox.up(say_wrapped) if stays else stack.enter_context(sandbox.running(say_wrapped))
        say_wrapped(f"Kitsu answers at {reach.host} after {time.monotonic() - began:.1f} s.")
        yield reach


async def _show(sandbox: Sandbox, reach: Connection) -> None:
    folder = sandbox.state / "pictures"
    folder.mkdir(exist_ok=True)
    name = Implementation(name="the demo", version=version("mcp-server-kitsu"))
    began = time.monotonic()
    async with Client(
        _server(sandbox, reach, folder, DEFAULT_ROLE), client_info=name, elicitation_callback=_ask
    ) as client:
        await _offers(client, began)
        await _shown(client, "search", {"text": "grenhouse"})
        before = await _shown(client, "list_shots", {"under": SEQUENCE})
        await _shown(client, "get_casting", {"of": SHOT})
        sheet = f"contact-sheet-{time.strftime('%Y%m%d-%H%M%S')}.png"  # nothing is ever overwritten
        seen = await _shown(client, "see_contact_sheet", {"of": [SEQUENCE], "save_to": sheet})
        say_wrapped(f"The agent sees a sheet of {seen['picture']}. It was asked to save it as well:")
        say_wrapped(seen["saved"])
        await _propose(client, before)
        await _hear(client, reach)
    if cut.can_be_read():
        further = {"KITSU_CONFIRM": "page", "KITSU_TOOLSETS": "default,entities,exchange"}
        on_page = _server(sandbox, reach, folder, "manager", **further)
        async with Client(on_page, client_info=name, elicitation_callback=cut.ask) as client:
            await _import(client, folder)


def _each(group: BaseExceptionGroup[SandboxError]) -> Iterator[SandboxError]:
    for one in group.exceptions:
        yield from _each(one) if isinstance(one, BaseExceptionGroup) else (one,)


def _server(sandbox: Sandbox, reach: Connection, folder: Path, role: str, **further: str) -> StdioServerParameters:
    command, *arguments = programs.server()
    settings = {
        "KITSU_HOST": reach.host,
        "KITSU_BOT_TOKEN_FILE": str(reach.token_files[role]),
        "KITSU_JOURNAL": str(sandbox.state / "demo-journal.sqlite3"),
        "KITSU_FOLDERS": str(folder),
    }
    return StdioServerParameters(command=command, args=arguments, env=settings | further)


async def _offers(client: Client, began: float) -> None:
    tools = (await client.list_tools()).tools
    say(f"\nWhat the server offers ({len(tools)} tools, {time.monotonic() - began:.1f} s after its start)")
    rows = [
        (
            tool.name,
            tool.title,
            "reads" if tool.annotations and tool.annotations.read_only_hint else "asks, then writes",
        )
        for tool in tools
    ]
    say_table(["tool", "what", "how"], rows)


async def _propose(client: Client, before: dict[str, Any]) -> None:
    """Propose to change several statuses, and show by reading again what then happened."""
    place = before["columns"].index(TASK_TYPE)
    waiting = [row[0] for row in before["rows"] if row[place] == "wfa"]
    is_first_time = len(waiting) > 1
    chosen = (waiting if is_first_time else [row[0] for row in before["rows"] if row[place] == "done"])[:MOST_CHANGES]
    tasks = [f"{SEQUENCE}/{shot}:{TASK_TYPE}" for shot in chosen]
    receipt = await _shown(client, "change_status", {"tasks": tasks, "status": "done" if is_first_time else "wfa"})
    say_wrapped(receipt["outcome"])
    after, _ = await _called(client, "list_shots", {"under": SEQUENCE})
    moved = [
        (old[0], f"{old[place]} → {new[place]}")
        for old, new in zip(before["rows"], after["rows"], strict=True)
        if old != new
    ]
    if moved:
        say_wrapped("Read again, this is what changed:")
        say_table(["shot", TASK_TYPE], moved)
    else:
        say_wrapped(f"Read again: all {after['total']} shots are as they were.")


async def _hear(client: Client, reach: Connection) -> None:
    """Wait as an agent does, while somebody else comments and approves."""
    say("\nWhile the agent waits, somebody else comments on a shot in Kitsu, and approves it")
    task, _ = await _called(client, "get_task", {"task": HEARD_TASK})
    now, _ = await _called(client, "wait_for_events", {"seconds": 0})
    async with anyio.create_task_group() as group:
        group.start_soon(to_thread.run_sync, colleague.approves, reach, task["id"], APPROVAL)
        waited = {"under": HEARD_TASK.partition(":")[0], "statuses": ["done"]}
        await _shown(client, "wait_for_events", waited, since=now["since"])


async def _import(client: Client, folder: Path) -> None:
    """Bring in an editor's cut, which is asked about on a page, and show by reading again what then happened."""
    say("\nAn editor sends a cut with a new sequence of five shots; this time the server asks on a page of its own")
    sequences = {"kind": "sequence", "under": EPISODE}
    before, _ = await _called(client, "list_entities", sequences)
    name = cut.new_sequence({row[0] for row in before["rows"]})
    (folder / cut.FILE).write_text(cut.edl_of(name), encoding="utf-8")
    receipt = await _shown(client, "import_breakdown", {"under": EPISODE, "file": cut.FILE})
    say_wrapped(receipt["outcome"])
    after, _ = await _called(client, "list_entities", sequences)
    if after["rows"] == before["rows"]:
        say_wrapped(f"Read again: all {after['total']} sequences of the episode are as they were.")
    else:
        await _shown(client, "list_shots", {"under": f"{EPISODE}/{name}"})


async def _shown(client: Client, tool: str, arguments: dict[str, Any], **more: str) -> dict[str, Any]:
    """Call a tool, and show the call, but for what is `more`, and the table it answers."""
    written = ", ".join(f"{name}={_written(value)}" for name, value in arguments.items())
    say()
    say_call(f"{tool}({written})")
    answer, seconds = await _called(client, tool, arguments | more)
    if answer["rows"]:
        say_table(answer["columns"], answer["rows"])
    if tool not in ASKED:
        say_wrapped(f"({seconds:.2f} s)")
    return answer


async def _called(client: Client, tool: str, arguments: dict[str, Any]) -> tuple[dict[str, Any], float]:
    began = time.monotonic()
    result = await client.call_tool(tool, arguments)
    if result.is_error or result.structured_content is None:
        said = " ".join(one.text for one in result.content if isinstance(one, TextContent))
        raise SandboxError(f"{tool}: {said} `kitsu-sandbox reset` brings back the sample productions.")
    return result.structured_content, time.monotonic() - began


def _written(value: str | Sequence[str]) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return f"[{', '.join(_written(one) for one in value)}]"


async def _ask(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG001  the SDK's shape
    if not isinstance(params, ElicitRequestFormParams):
        return ElicitResult(action="decline")
    content = await put_question(params.message, params.requested_schema)
    return ElicitResult(action="accept", content=content) if content is not None else ElicitResult(action="decline")
