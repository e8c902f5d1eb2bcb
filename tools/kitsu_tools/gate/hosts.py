"""What each host shows of a question, as seen by driving it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HostProfile:
    """How one host shows a form. All counts are of characters, of lines where they say so.

    `message_lines` of `line` are shown of the message, of which a narrow terminal keeps `narrow_line`; `entry` of an
    entry in a list; `field` of a text field that has not the focus. `ticks_on_enter`: in an open list Enter ticks the
    entry it stands on, also one just unticked, and appends it. `lists`: it shows lists to tick.
    """

    message_lines: int = 4
    line: int = 100
    narrow_line: int = 72
    field: int = 60
    entry: int = 48
    ticks_on_enter: bool = False
    lists: bool = True


HOSTS = {
    # 2.1.330: four lines, each cut at the terminal's edge, of which one of 80 columns shows 72; a list stays shut until
    # it is opened; of a text field one line, and of the focused one only its end.
    "claude-code": HostProfile(ticks_on_enter=True),
    # Its terminal shows no lists: a person sees yes and no, and what comes back is an accept with nothing in it.
    "codex-mcp-client": HostProfile(lists=False),
}


def profile_of(agent: str) -> HostProfile:
    """How the host of this name shows a form; one that is not known is taken to show as little as any."""
    return HOSTS.get(agent, HostProfile())
