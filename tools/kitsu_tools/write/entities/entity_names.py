"""The entities that a write tool is told of, as an agent names them: of one production, all wrong ones at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Kind, Project
from kitsu_tools.write.naming import all_found, refuse_several

MOST_NAMED = 100
Entities = Annotated[
    Sequence[str], Field(max_length=MOST_NAMED, description="addresses (SQ01/SH010), ids or links of one project")
]


@dataclass(frozen=True, slots=True)
class NamedEntity:
    """One entity that was named."""

    id: str
    kind: Kind
    address: str
    project: Project
    omitted: bool = False


async def entities_named(kitsu: Kitsu, texts: Sequence[str], most: int = MOST_NAMED) -> list[NamedEntity]:
    """The entity that each of these texts names.

    Raises:
        BadInput, NotFound, NotPermitted: none, too many, of several productions, or what is wrong with each.
    """
    if not 1 <= len(texts) <= most:
        raise BadInput(f"entities: {len(texts)} given; 1 to {most} go in one change.")
    find = await kitsu.find.for_many(texts)
    found = await all_found(texts, find.entity, "name")
    refuse_several(one.reading.project for one in found)
    return [
        NamedEntity(one.entity.id, one.entity.kind, one.address, one.reading.project, one.entity.omitted)
        for one in found
    ]
