"""Many items of a change as few groups: what a person can look through in a list, and untick as one."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import takewhile
from operator import attrgetter

from kitsu_tools.gate.change import Change, Field, Item
from kitsu_tools.gate.text import counted, runs, shortened
from kitsu_tools.tracker.addresses import relative


def groups(change: Change, most: int) -> list[list[Item]]:
    """The items in order, alike ones together, in no more than `most` groups where that can be: those of one step, at
    one place, with the same change and of one task type. Where that is too many, of any task type, of a higher place,
    and only then with different changes.
    """
    steps = change.in_turn(change.items)
    return [group for items in steps for group in _groups(items, max(most // len(steps), 1))]


def _groups(items: Sequence[Item], most: int) -> list[list[Item]]:
    deepest = max(item.address.count("/") for item in items)
    found: list[list[Item]] = []
    depths = range(deepest, -1, -1)
    for depth, alike in [*((depth, alike) for depth in depths for alike in (2, 1)), *((depth, 0) for depth in depths)]:
        by_key: dict[tuple[bool | str, ...], list[Item]] = {}
        for item in items:
            path, _, task_type = item.address.partition(":")
            place = path.rpartition("/")[0].split("/")[:depth]
            by_key.setdefault((item.ticked, *place, *(item.becomes, task_type)[:alike]), []).append(item)
        found = list(by_key.values())
        if len(found) <= most:
            break
    return found


def moves(items: Sequence[Item], said: Callable[[Item | Field], str]) -> list[tuple[str, int]]:
    """What happens to these, each with how often, most first. Where it is not the same of all, it is counted by field,
    and one of many values is but named: `new` 21 times, `in/out/frames` 20 times.
    """
    whole = Counter(map(said, items))
    if len(whole) == 1:
        return list(whole.items())
    fields = [one for item in items for one in item.told]
    values: dict[str, set[str]] = {}
    for one in fields:
        values.setdefault(one.label, set()).add(said(one))
    varied = Counter(one.label for one in fields if one.label and len(values[one.label]) > 1)
    alike: dict[int, list[str]] = {}
    for label, count in varied.items():
        alike.setdefault(count, []).append(label)
    found = Counter(said(one) for one in fields if one.label not in varied)
    return sorted(
        [*found.items(), *(("/".join(labels), count) for count, labels in alike.items())], key=lambda one: -one[1]
    )


def named(items: Sequence[Item], below: str, room: int) -> str:
    """A group in few words, first what tells it from others: `SQ01 Animation ×12 wfa → done: SH0010 … SH0120`."""
    addresses = [relative(item.address, below).partition(":") for item in items]
    parents, types = ({one[at] for one in addresses} for at in (0, 2))
    folders = [one.rpartition("/")[0].split("/") for one in parents]
    same = [parts[0] for parts in takewhile(lambda parts: len(set(parts)) == 1, zip(*folders, strict=False))]
    where = " ".join(filter(None, ("/".join(same), types.pop() if len(types) == 1 else "")))
    says = {item.says for item in items}
    each = moves(items, attrgetter("becomes"))
    how = [(one if count == len(items) else f"{one} ×{count}", count) for one, count in each]
    lead = f"{shortened(where, room // 2)} ×{len(items)} ".lstrip()
    lead += shortened(says.pop() if len(says) == 1 else counted(how, room, ", "), room - len(lead))
    (names, _), *further = runs(list(dict.fromkeys(one[0].rpartition("/")[2] for one in addresses)))
    return f"{lead}: {names}" if not further and len(lead) + len(names) + 2 <= room else lead
