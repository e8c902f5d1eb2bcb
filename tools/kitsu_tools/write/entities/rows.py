"""What is to be made, as agents write it: a row an entity, or a row of many that are numbered on."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from kitsu_tools.tracker.errors import BadInput, quoted
from kitsu_tools.write.entities.values import name_wanted

MOST_ENTITIES = 500
_NUMBERED = re.compile(r"(.*?)([0-9]{1,12})([^0-9]*)", re.DOTALL)

Frame = int | SkipJsonSchema[None]


class NewEntity(BaseModel):
    """One entity to be made, or `count` of them."""

    model_config = ConfigDict(extra="forbid")

    name: str
    under: Annotated[str, Field(description="its sequence, episode, project/Asset Type or project")] = ""
    kind: Annotated[
        str, Field(description="where `under` does not tell: shot, sequence, episode, edit, concept, an asset type")
    ] = ""
    count: Annotated[int, Field(ge=1, le=MOST_ENTITIES, description="so many, numbered on from name")] = 1
    step: Annotated[int, Field(ge=0, le=1000, description="0: 10 where it ends in 0, else 1")] = 0
    frame_in: Frame = None
    frame_out: Frame = None
    frames: Frame = None
    description: str = ""
    data: Annotated[dict[str, Any], Field(description="metadata by column")] = {}
    tasks: Annotated[list[str], Field(description="task types to make with it")] = []


def named_rows(rows: Sequence[NewEntity]) -> list[tuple[str, NewEntity]]:
    """Each entity that the rows ask for, by its name.

    Raises:
        BadInput: none, too many, or a name that cannot be used or numbered on.
    """
    count = sum(row.count for row in rows)
    if not 1 <= count <= MOST_ENTITIES:
        raise BadInput(f"rows: {count} to be made; 1 to {MOST_ENTITIES} go in one change.")
    return [(name, row) for row in rows for name in _names(row)]


def _names(row: NewEntity) -> list[str]:
    first = name_wanted(row.name)
    if row.count == 1:
        return [first]
    parts = _NUMBERED.fullmatch(first)
    if parts is None:
        raise BadInput(f"name: {quoted(first)} has no number to go on from. Name the first, as SH010.")
    before, number, after = parts.groups()
    step = row.step or (10 if number.endswith("0") else 1)
    return [f"{before}{int(number) + at * step:0{len(number)}d}{after}" for at in range(row.count)]
