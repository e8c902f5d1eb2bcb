"""Many items of a change as few groups: what a person can look through in a list, and untick as one."""

from collections import Counter
from collections.abc import Sequence

from kitsu_tools.gate.change import Change, Item
from kitsu_tools.gate.text import counted, places, shortened
from kitsu_tools.tracker.addresses import relative

OTHER_THAN_PLACE = 2 / 3
"""How much of a line may go to where a group is and what becomes of it; the rest names what is in it."""


def groups(change: Change, most: int) -> list[list[Item]]:
    """The items in order, alike ones together: at one place as deep as there are no more than `most` groups, of one
    task type, one step, with the same change; only where that is too much, with different ones.
    """
    deepest = max(item.address.count("/") for item in change.items)
    found: list[list[Item]] = []
    for alike in (True, False):
        for depth in range(deepest, -1, -1):
            by_key: dict[tuple[object, ...], list[Item]] = {}
            for item in change.items:
                by_key.setdefault(_key(change, item, depth, alike=alike), []).append(item)
            found = list(by_key.values())
            if len(found) <= most:
                return found
    return found


def _key(change: Change, item: Item, depth: int, *, alike: bool) -> tuple[object, ...]:
    path, _, task_type = item.address.partition(":")
    parent = path.rpartition("/")[0].split("/")[:depth]
    return (change.step(item), *parent, *((task_type, item.says) if alike else ()))


def named(items: Sequence[Item], below: str, room: int) -> str:
    """A group in few words, first what tells it from others: `12 × wfa → done E01/SQ01 Animation: SH0010 … SH0120`."""
    moves = Counter(item.says for item in items)
    parts = [(move if len(moves) == 1 else f"{move} ×{count}", count) for move, count in moves.most_common()]
    says = shortened(counted(parts, int(room * OTHER_THAN_PLACE / 2), ", "), int(room * OTHER_THAN_PLACE))
    lead = f"{len(items)} × {says} "
    return lead + places([relative(item.address, below) for item in items], "", room - len(lead))
