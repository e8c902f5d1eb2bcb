"""Addresses: how entities and tasks are written instead of UUIDs.

`project[/episode]/sequence/shot`, `project/asset type/asset`, `project/Edits/name`, `project/Concepts/name`; a task
is `address:Task Type`. In a name `/`, `:`, `~` and `%` are percent-encoded; twins carry `~` and 8 characters of the
id. A show's main pack is `project/Main Pack`, with `~main` where something else beside it has that name. Every address
that is printed resolves to exactly one thing.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from kitsu_tools.tracker.errors import BadInput, quoted
from kitsu_tools.tracker.links import MAIN, MOST_CHARACTERS
from kitsu_tools.tracker.names import is_uuid
from kitsu_tools.unseen import percent_encoded

EDITS = "Edits"
CONCEPTS = "Concepts"
MAIN_PACK = "Main Pack"
BESIDE_TYPES = frozenset({EDITS.casefold(), CONCEPTS.casefold()})
"""What stands where asset types do, whose names one of those may have."""

_ENCODED = str.maketrans({"%": "%25", "/": "%2F", ":": "%3A", "~": "%7E"})
_EDGE_BLANKS = re.compile(r"^\s+|\s+$")
_TWIN = re.compile(rf"(.+)~([0-9a-f]{{8}}|{MAIN})", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of an address: a decoded name and, for a twin, the first 8 characters of its id."""

    name: str
    id_start: str = ""

    def __str__(self) -> str:
        return segment_of(self.name, self.id_start, twin=bool(self.id_start))


@dataclass(frozen=True, slots=True)
class Address:
    """What a text addresses: path segments, perhaps with a task type, or an id."""

    segments: tuple[Segment, ...] = ()
    task_type: Segment | None = None
    thing_id: str = ""


def encoded(name: str) -> str:
    """A name as it stands in an address. Blanks at its ends are encoded too, as reading an address forgives loose ones,
    and so is what nobody sees in it.
    """
    if name.isascii() and name.isalnum():  # nearly all are
        return name
    return percent_encoded(_EDGE_BLANKS.sub(lambda blanks: quote(blanks[0]), name.translate(_ENCODED)))


def segment_of(name: str, thing_id: str, twin: bool) -> str:
    """The last part of an address; `twin` when another thing beside it has the same name."""
    return f"{encoded(name)}~{thing_id[:8]}" if twin else encoded(name)


def parse(text: str) -> Address:
    """Read an address or an id.

    Raises:
        BadInput: nothing in it, or more than any address has.
    """
    text = text.strip()
    if len(text) > MOST_CHARACTERS:
        raise BadInput(f"{quoted(text)} is too long for an address. Write project/sequence/shot or an id.")
    path, colon, task_type = text.rpartition(":")
    if not colon:
        path, task_type = text, ""
    if is_uuid(path):
        return Address(thing_id=path.strip().lower(), task_type=_segment(task_type) if task_type.strip() else None)
    segments = tuple(_segment(part) for part in path.split("/") if part.strip())
    if not segments and not task_type:
        raise BadInput("An empty address. Write project/sequence/shot, project/asset type/asset or an id.")
    return Address(segments, _segment(task_type) if task_type.strip() else None)


def relative(address: str, under: str) -> str:
    """An address without the part that the answer names once."""
    return address[len(under) + 1 :] if address.startswith(f"{under}/") else address


def _segment(part: str) -> Segment:
    part = part.strip()
    twin = _TWIN.fullmatch(part)
    return Segment(unquote(twin[1]), twin[2].lower()) if twin else Segment(unquote(part))
