"""What Zou does by itself when assets come to a casting or leave it: in TV shows an episode follows its shots, and its
shots follow it (`create_casting_link`, `uncast_asset`, `_detach_asset_from_episode_if_unused` of Zou 1.0.97).
"""

from collections.abc import Iterable, Mapping, Sequence

from kitsu_tools.gate.change import Effect, Field, Item
from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.tracker.model import Entity
from kitsu_tools.write.casting.links import TIMES, ids_in, target_of, times_value
from kitsu_tools.write.casting.now import CastingNow


def effects_of(now: CastingNow, items: Sequence[Item]) -> list[Effect]:
    """What follows from these links by itself, each told once, by the first that brings it about."""
    planned = {ids_in(item.target): item.fields[0].after.raw for item in items}
    effects: dict[tuple[str, str], Effect] = {}
    for item in items:
        user_id, asset_id = ids_in(item.target)
        user, field = now.users[user_id], item.fields[0]
        if not field.changes or (field.before.raw and field.after.raw):
            continue
        episode = user if user.kind == "episode" else now.episode_of(user)
        if episode is None:
            continue
        if user.kind == "episode":
            followers = [] if field.after.raw else now.shots_with(episode, asset_id)
            says = f"loses {now.names[asset_id]}"
            found = [_effect(now, item.key, shot, asset_id, 0, says) for shot in followers]
        elif field.after.raw:
            new = (episode.id, asset_id) not in now.links
            says = f"gets {now.names[asset_id]} too"
            found = [_effect(now, item.key, episode, asset_id, 1, says)] if new else []
        else:
            found = list(_left_by_last(now, item.key, episode, asset_id, planned))
        for effect in found:
            user_id = effect.target.split("|")[1] if effect.target else episode.id
            if (user_id, asset_id) not in planned:
                effects.setdefault((user_id, asset_id), effect)
    return list(effects.values())


def refuse_contradiction(now: CastingNow, items: Iterable[Item]) -> None:
    """Refuse an asset that a shot is to have and its episode to lose: with the episode Zou takes it out of its shots.

    Raises:
        BadInput: which one it is.
    """
    planned = {ids_in(item.target): item.fields[0].after.raw for item in items}
    for (user_id, asset_id), times in planned.items():
        episode = now.episode_of(now.users[user_id])
        if times and episode is not None and planned.get((episode.id, asset_id)) == 0:
            raise BadInput(
                f"{now.names[asset_id]}: taken out of {episode.address}, it leaves all its shots, "
                f"{now.users[user_id].address} too. Name one of them."
            )


def _effect(now: CastingNow, because: str, user: Entity, asset_id: str, after: int, says: str) -> Effect:
    before, name = now.links.get((user.id, asset_id), (0, ""))[0], now.names[asset_id]
    field = Field(TIMES, times_value(before, name), times_value(after, name))
    return Effect(because, user.address, "", says, says, target_of(now.project.id, user, asset_id), field)


def _left_by_last(
    now: CastingNow, because: str, episode: Entity, asset_id: str, planned: Mapping[tuple[str, str], object]
) -> Iterable[Effect]:
    """With its last shot the asset leaves an episode that has it only because of its shots, which Zou does not tell."""
    left = [one for one in now.shots_with(episode, asset_id) if planned.get((one.id, asset_id)) != 0]
    if not left and (episode.id, asset_id) in now.links:
        says = f"loses {now.names[asset_id]} too, unless somebody cast it there"
        yield Effect(because, episode.address, "", says, says)
