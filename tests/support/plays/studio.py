"""What is of the whole studio: its people, and what productions are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.api import ask
from support.held_studio import in_the_studio
from support.plays.play import Job, Play, plays, rows, undone

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Connection

PEOPLE = Job(
    "people",
    "change_people",
    {
        "rows": [
            {"people": ["Theo Marchand"], "set": {"active": "no", "contract": "freelance"}},
            {"people": ["Aiko Hayashi"], "join": ["Layout"], "leave": ["Animation"]},
            {"people": ["ines@example.com"], "set": {"role": "manager", "phone": "+33 6 12"}},
        ]
    },
    3,
    role="admin",
)
RECORDS = Job(
    "the studio",
    "change_studio",
    {
        "rows": [
            {"what": "department", "do": "create", "name": "Sound / 😀"},
            {"what": "task status", "do": "change", "name": "hold", "set": {"is_retake": True, "color": "#102030"}},
            {"what": "asset type", "do": "change", "name": "Prop", "set": {"task_types": "Modeling, Rigging"}},
            {
                "what": "automation",
                "do": "create",
                "set": {"of": "shot", "when": "Animation=done", "then": "Compositing=ready", "copies_revision": True},
            },
        ]
    },
    4,
    role="admin",
)


def _unused(connection: Connection) -> dict[str, Any]:
    """A department and an asset type that nothing uses."""
    for path, body in (
        ("data/departments", {"name": "Sound", "color": "#102030"}),
        ("data/entity-types", {"name": "Crowd", "short_name": "crd"}),
    ):
        assert ask(connection.host, path, connection.token("admin"), method="POST", body=body).status == 201
    gone = [("department", "Sound"), ("asset type", "Crowd")]
    return {"rows": [{"what": what, "do": "delete", "name": name} for what, name in gone]}


@plays("people")
def people() -> Play:
    """One is archived, one changes department and one role."""
    return Play((PEOPLE, undone(PEOPLE)), rows("person"))


@plays("studio")
def studio() -> Play:
    """Some are made, some changed; and what is deleted is made anew."""
    gone = Job("unused records", "change_studio", {}, 2, prepare=_unused, role="admin")
    return Play((RECORDS, undone(RECORDS), gone, undone(gone)), in_the_studio)
