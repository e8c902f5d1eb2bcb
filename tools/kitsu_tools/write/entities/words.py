"""What records of entities hold, in words: their values, and where they stand."""

from collections.abc import Mapping
from dataclasses import dataclass

from kitsu_tools.gate.change import Value
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Person, Project
from kitsu_tools.tracker.reading import Reading
from kitsu_tools.write.entities.keys import Record
from kitsu_tools.write.entities.values import values

PARENT, EPISODE, TYPE = "parent_id", "source_id", "entity_type_id"


@dataclass(frozen=True, slots=True)
class Words:
    """What says in words what records of a production hold: people and asset types by id, and what is on its boards."""

    project: Project
    people: Mapping[str, Person]
    types: Mapping[str, str]
    reading: Reading

    def values(self, record: Record) -> dict[str, Value]:
        """What a record holds, and where it stands."""
        type_id = record.get(TYPE) or ""
        kind = "asset" if type_id in self.types else str(record["type"]).lower()
        columns = [one for one in self.project.columns if one.entity_type.casefold() == kind]
        return {
            **values(record, columns, self.people),
            PARENT: self._place(record.get(PARENT)),
            EPISODE: self._place(record.get(EPISODE)),
            TYPE: Value(type_id, self.types.get(type_id, "")),
        }

    def _place(self, entity_id: str | None) -> Value:
        entity = self.reading.held_entity(entity_id) if entity_id else None
        shown = entity.address.partition("/")[2] if entity else "another place"
        return Value(entity_id or None, shown if entity_id else "no episode")


async def words_of(kitsu: Kitsu, project: Project) -> Words:
    """Those of a production."""
    people, types = await kitsu.directory.people.get(), await kitsu.directory.asset_types.get()
    return Words(project, people, types, await kitsu.reading(project))
