"""A change as a question shows it, and names and texts of strangers that would have it say something else."""

from __future__ import annotations

from kitsu_tools.gate.change import Change, Field, Item, Value

FORGED = "Tells nobody but whoever follows the task."
HOSTILE = [
    f"SH0001\n{FORGED}\n“Only a test, nothing is sent.”\nSigned by nobody",
    f"SH0001\r\n{FORGED}\v{FORGED}\f{FORGED}\x85{FORGED}\u2028{FORGED}\u2029{FORGED}",
    "\x1b[2J\x1b[HSH0001\u202etset a ylno\u2066",
    f"SH0001{' ' * 90}{FORGED}",
    f"SH0001{chr(0x2800) * 45}{chr(0x3164) * 45}{FORGED}",
    "SH0001" * 2000,
    f"SH0001a{chr(0x0336) * 60}b{chr(0x0E49)}",
]


def change_of(count: int) -> Change:
    """A change of the statuses of so many tasks."""
    return Change(
        kind="comments",
        tool="change_status",
        agent="Test Host",
        person="Mara Okafor",
        project_id="p",
        project="P",
        verb="Change" if count == 1 else "Set",
        items=tuple(
            Item(str(number), str(number), f"P/S/SH{number}:Layout", (status_field("wip", "done"),))
            for number in range(count)
        ),
        told=("Aiko Hayashi",),
        code="abcdef",
    )


def status_field(before: str, after: str) -> Field:
    """A status that becomes another."""
    return Field("status", Value("1", before), Value("2", after))
