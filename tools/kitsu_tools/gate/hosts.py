"""What each host shows of a question, and how long it waits for a tool, as seen by driving it or as its makers say."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HostProfile:
    """How one host shows a form. All counts are of characters, of lines where they say so.

    `message_lines` of `line` are shown of the message, of which a narrow terminal keeps `narrow_line`; `entry` of an
    entry in a list; `field` of a text field that has not the focus. Of a list `entries` can be looked through: what is
    more stands there in groups. `ticks_on_enter`: in an open list Enter ticks the entry it stands on, also one just
    unticked, and appends it. `lists`: it shows lists to tick; where it does not, it is asked for no form.
    `waits_seconds`: after so long it gives a call up. Whether it shows addresses it declares.
    """

    message_lines: int = 4
    line: int = 100
    narrow_line: int = 72
    field: int = 60
    entry: int = 48
    entries: int = 40
    ticks_on_enter: bool = False
    lists: bool = True
    waits_seconds: float = 60.0


HOSTS = {
    # 2.1.330: four lines, each cut at the terminal's edge, of which one of 80 columns shows 72; a list stays shut until
    # it is opened; of a text field one line, and of the focused one only its end.
    # It gives a call up after MCP_TOOL_TIMEOUT or its server's own "timeout", 28 hours unless set; progress does not
    # extend that, but is taken as a sign of life, without which it gives up earlier.
    "claude-code": HostProfile(ticks_on_enter=True, waits_seconds=28 * 3600.0),
    # Its terminal shows no lists: a person sees yes and no, and what comes back is an accept with nothing in it. It
    # shows addresses; with the approval policy `never` it declines for the person. It gives a call up after
    # tool_timeout_sec, 300 unless set, whatever its progress (0.169.0, driven; older ones say 60).
    "codex-mcp-client": HostProfile(lists=False, waits_seconds=300.0),
    # Claude Desktop: four minutes, which nothing changes (public reports of 2026).
    "claude-ai": HostProfile(waits_seconds=240.0),
}
"""All others are taken to wait as long as the TypeScript SDK does unless told otherwise."""


def profile_of(agent: str) -> HostProfile:
    """How the host of this name shows a form; one that is not known is taken to show as little as any."""
    return HOSTS.get(agent, HostProfile())
