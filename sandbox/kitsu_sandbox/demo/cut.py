"""A cut as an editor sends it, and the question about it, which the server puts on a page of its own."""

import re
import urllib.request
import webbrowser
from collections.abc import Collection
from importlib.util import find_spec

from anyio import to_thread
from mcp.client.context import ClientRequestContext
from mcp.types import ElicitRequestParams, ElicitRequestURLParams, ElicitResult

from kitsu_sandbox.demo.terminal import NOBODY, has_person, put_yes_or_no, say_question

FILE = "cut.edl"
SECONDS = (2, 3, 2, 4, 3)
PAGE_SECONDS = 30
_ITEM = re.compile(rb'name="item" value=')
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def can_be_read() -> bool:
    """Whether the extra that reads cuts is installed, as not every Python has it."""
    return find_spec("opentimelineio") is not None


def edl_of(sequence: str) -> str:
    """The EDL of a new sequence of five shots, an edit after the other."""
    lines, at = ["TITLE: E01 cut 4", "FCM: NON-DROP FRAME", ""], 3600
    for number, seconds in enumerate(SECONDS, 1):
        times = (3600, 3600 + seconds, at, at + seconds)
        lines.append(f"{number:03d}  AX       V     C        {' '.join(map(_timecode, times))}")
        lines.append(f"* FROM CLIP NAME: {sequence}_SH{number * 10:04d}.mov")
        at += seconds
    return "\n".join([*lines, ""])


def new_sequence(known: Collection[str]) -> str:
    """A name that no sequence has yet."""
    return next(name for number in range(1, 100) if (name := f"SQ{number:02d}") not in known)


async def ask(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG001  the SDK's shape
    """Show whoever sits here the page, where it is answered; with nobody here, look whether it stands, and say no."""
    if not isinstance(params, ElicitRequestURLParams):
        return ElicitResult(action="decline")
    say_question(params.message, params.url)
    if not has_person():
        listed = await to_thread.run_sync(_listed, params.url)
        say_question(f"The page lists {listed} things to tick.", NOBODY)
        return ElicitResult(action="decline")
    if not await put_yes_or_no("Open it in your browser, and answer there?"):
        return ElicitResult(action="decline")
    if not await to_thread.run_sync(webbrowser.open, params.url):
        say_question("No browser opened: go to that address.")
    return ElicitResult(action="accept")


def _listed(address: str) -> int:
    """How many things can be ticked on a page."""
    with _DIRECTLY.open(address, timeout=PAGE_SECONDS) as page:
        return len(_ITEM.findall(page.read()))


def _timecode(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}:00"
