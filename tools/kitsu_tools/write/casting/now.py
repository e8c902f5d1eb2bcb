"""What a plan for castings is made from: what is cast at this moment, in what is named and in what follows it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kitsu_tools.tracker.addresses import encoded, relative
from kitsu_tools.tracker.board import Key
from kitsu_tools.tracker.errors import BadInput, NotPermitted, listed
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Entity, Project
from kitsu_tools.tracker.other_productions import entities_by_id
from kitsu_tools.tracker.places import Place
from kitsu_tools.write.casting.links import Links, casting_path, links_at
from kitsu_tools.write.snapshot import Snapshot, project_now


@dataclass(frozen=True, slots=True)
class CastingNow(Snapshot):
    """What is cast. By id: `users` are what is named to have assets, `names` how those stand in a message.

    `episodes` and `sequences` of the production; `shots` of it where an episode is to lose an asset; `unshared` are
    assets of other productions that are not shared with this one.
    """

    users: Mapping[str, Entity]
    names: Mapping[str, str]
    unshared: frozenset[str]
    links: Links
    episodes: Mapping[str, Entity]
    sequences: Mapping[str, Entity]
    shots: Mapping[str, Entity]

    def episode_of(self, user: Entity) -> Entity | None:
        """The episode that a shot is in, of a TV show."""
        sequence = self.sequences.get(user.parent_id) if user.kind == "shot" else None
        return self.episodes.get(sequence.parent_id) if sequence else None

    def shots_with(self, episode: Entity, asset_id: str) -> list[Entity]:
        """The shots of an episode that have an asset."""
        return [
            shot
            for (user_id, one), _ in self.links.items()
            if one == asset_id and (shot := self.shots.get(user_id)) and self.episode_of(shot) == episode
        ]


async def casting_now(
    kitsu: Kitsu, users: Mapping[str, Entity], cast: Mapping[str, Place], home: Place, losing: Iterable[str]
) -> CastingNow:
    """Read what decides a plan for these to use these assets; `losing` are the ids of those that lose some.

    Raises:
        BadInput: an asset is omitted, or the production is closed.
        NotPermitted: it is not there any more for this identity.
    """
    assets = {key: one.entity for key, one in cast.items() if one.entity is not None}
    omitted = [one.address for one in assets.values() if one.omitted]
    if omitted:
        raise BadInput(f"Omitted, and Kitsu tells no castings of what is omitted: {listed(omitted)}. Restore it first.")
    known, gone = home.project, set(losing)
    view = await home.reading.view(*_boards(known, bool(gone)))
    now = CastingNow(
        **await project_now(kitsu, known, _nothing),
        users=users,
        names={key: relative(one.address, encoded(known.name)) for key, one in cast.items()},
        unshared=await _unshared(kitsu, [key for key, one in cast.items() if one.project.id != known.id]),
        links={},
        episodes={one.id: one for one in view.entities("episode")},
        sequences={one.id: one for one in view.entities("sequence")},
        shots={one.id: one for one in view.entities("shot")},
    )
    paths = {casting_path(known.id, one) for one in users.values()}
    if any(one.kind == "asset" for one in users.values()):  # to see what would use each other
        paths |= {casting_path(known.id, one) for key, one in assets.items() if key not in now.unshared}
    if now.episodes:
        episodes = {one.id: one if one.kind == "episode" else now.episode_of(one) for one in users.values()}
        paths |= {f"{known.id}/episodes"} if any(episodes.values()) else set()
        paths |= {f"{known.id}/episodes/{one.id}/sequences/all" for key, one in episodes.items() if one and key in gone}
    try:
        return replace(now, links=await links_at(kitsu.session, paths))
    except NotPermitted:  # vendors are shown none: their role is refused with what it may do
        return now


def _boards(project: Project, losing: bool) -> tuple[Key, ...]:
    if not project.has_episodes:
        return ("sequence",)
    return ("episode", "sequence", "shot") if losing else ("episode", "sequence")


async def _nothing() -> None:
    """All that a plan reads of castings is read once it is known what they are of."""


async def _unshared(kitsu: Kitsu, foreign: Sequence[str]) -> frozenset[str]:
    records = await entities_by_id(kitsu.session, foreign)
    return frozenset(one for one in foreign if one not in records or not records[one].is_shared)
