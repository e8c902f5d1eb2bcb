"""Where a question looks: a production, a part of it, or one entity and all below it."""

from collections.abc import Hashable
from dataclasses import dataclass

from kitsu_tools.tracker.links import Link
from kitsu_tools.tracker.model import Entity, Kind, Project, TaskType
from kitsu_tools.tracker.reading import Reading


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question looks: a production, an asset type (or Edits, Concepts) of it, a show's main pack, or one entity
    and all below it.

    `address` is canonical. `kind` is None for a whole production; for a group it is the kind of what is in it.
    `link` is the page link that led here, and what its page narrows the place down to stands in `task_type` and
    `asset_type`.
    """

    reading: Reading
    address: str
    kind: Kind | None = None
    group: str = ""
    entity: Entity | None = None
    is_main_pack: bool = False
    link: Link | None = None
    task_type: TaskType | None = None
    asset_type: str = ""

    @property
    def project(self) -> Project:
        """The production it is in."""
        return self.reading.project

    @property
    def is_part(self) -> bool:
        """Whether what led here speaks of less than the whole production."""
        return self.kind is not None or (self.link is not None and self.link.is_part)

    @property
    def listed_kind(self) -> Kind | None:
        """The one kind that the link's page lists of a place that may hold others."""
        return self.link.kind if self.link is not None and not self.group else None

    @property
    def key(self) -> Hashable:
        """What decides which things are here."""
        return self.address, self.listed_kind, self.task_type and self.task_type.id, self.asset_type

    def holds(self, entity: Entity) -> bool:
        """True for an entity directly in this group."""
        if self.is_main_pack:
            return entity.kind == "asset" and not entity.data.get("episode_id")
        return entity.kind == self.kind and (self.kind != "asset" or entity.type_name == self.group)


def entity_place(reading: Reading, entity: Entity) -> Place:
    """An entity and all below it."""
    return Place(reading, entity.address, entity.kind, entity=entity)
