"""What of the studio is not changed as asked: names that another has, the default status, automations without an end,
and what is deleted though something uses it.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial

from kitsu_tools.gate.change import Item, Raw
from kitsu_tools.tracker.errors import BadInput, listed, quoted
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.write.setup.names import refuse_taken
from kitsu_tools.write.studio.parts import ARCHIVED, KINDS, NAME, OF, ROLES, THEN, WHEN, What
from kitsu_tools.write.studio.records import Records, after_of, found, held, is_gone, is_new, what_of
from kitsu_tools.write.studio.used import TASKS, said, uses_of

TELLING = (ARCHIVED, WHEN, THEN, *ROLES)
"""Of what is there, what reaches what uses it."""
SALARIES = "Daily rates set for a department go with it, for good"
"""Zou makes their rows when they are first looked at (1.0.97), so a plan does not look."""
KEYS: Mapping[What, Sequence[str]] = {"task status": (NAME, "short_name"), "automation": ()}
"""What only one of a kind has, where that is not the name alone."""


def refuse_names(records: Records, moving: Sequence[Item]) -> None:
    """Refuse names that another of its kind has, give or take case and blanks: of statuses also short ones.

    Raises:
        BadInput: which it is.
    """
    taken = {
        what: {
            one: [str(record[key]) for key in KEYS.get(what, (NAME,)) if record[key]] for one, record in every.items()
        }
        for what, every in records.items()
    }
    taken["asset type"][""] = [one.capitalize() for one in (*KINDS[1:], "scene")]  # Kitsu's own types of entities
    for item in moving:
        what, which = what_of(item.target), item.target.partition("/")[2]
        if is_gone(item):
            taken[what].pop(which)
            continue
        after = after_of(records, item)
        for key in KEYS.get(what, (NAME,)):
            name = str(after[key])
            if not is_new(item) and item.changed(key) is None:
                continue
            others = [one for other, names in taken[what].items() if other != which for one in names]
            refuse_taken(name, others, key)
            if what == "asset type" and is_new(item):
                _refuse_alike(name, others)
            taken[what].setdefault(which, []).append(name)


def _refuse_alike(name: str, others: Sequence[str]) -> None:
    """Refuse what Zou takes for a pattern when it looks whether an asset type is there (1.0.97)."""
    pattern = re.escape(name).replace("%", ".*").replace("_", ".")
    if same := next((one for one in others if re.fullmatch(pattern, one, re.IGNORECASE | re.DOTALL)), None):
        raise BadInput(
            f"name: Kitsu takes {quoted(name)} for a pattern, and there is {quoted(same)}. Leave out _ and %."
        )


def refuse_default(records: Records, item: Item) -> None:
    """Refuse to delete or archive a default status.

    Raises:
        BadInput: it is one.
    """
    record = found(records, item.target)
    if record and record.get("is_default") and (is_gone(item) or item.changed(ARCHIVED)):
        raise BadInput(f"{item.address} is what new tasks begin with. Have another one do that in Kitsu first.")


def refuse_circles(records: Records, moving: Sequence[Item]) -> None:
    """Refuse automations that would set themselves off again, without an end (`_run_status_automation` of 1.0.97).

    Raises:
        BadInput: which it is.
    """
    mine = [one for one in moving if what_of(one.target) == "automation"]
    named = {one.target.partition("/")[2] for one in mine}
    others = [held("automation", one) for key, one in records["automation"].items() if key not in named]
    after = [(one, after_of(records, one)) for one in mine if not is_gone(one)]
    active = [one for one in (*others, *(fields for _, fields in after)) if not one.get(ARCHIVED)]
    for item, fields in after:
        reached, ahead = set[Raw](), [] if fields.get(ARCHIVED) else [fields[THEN]]
        while ahead:
            at = ahead.pop()
            if at not in reached:
                reached.add(at)
                ahead += [one[THEN] for one in active if one[WHEN] == at and one[OF] == fields[OF]]
        if fields[WHEN] in reached:
            raise BadInput(f"{item.address}: it, or others after it, would set it off again, without an end.")


async def consequences(kitsu: Kitsu, moving: Sequence[Item]) -> list[str]:
    """What becomes of what uses these, gravest first.

    Raises:
        BadInput: something uses what would be deleted.
    """
    there = [one for one in moving if not is_new(one)]
    told = [one for one in there if is_gone(one) or any(one.changed(name) is not None for name in TELLING)]
    read = [partial(uses_of, kitsu, what_of(one.target), one.target.partition("/")[2]) for one in told]
    grave, says = list[str](), list[str]()
    for item, uses in zip(told, await gather(*read), strict=True):
        what, name = what_of(item.target), item.address
        if is_gone(item):
            if uses:
                raise BadInput(
                    f"{name} is used by {said(uses)}, so Kitsu does not delete it. Archive it: archived=yes."
                )
            says += [f"{name}: {SALARIES}"] if what == "department" else []
        elif any(item.changed(one) is not None for one in ROLES) and uses.get(TASKS):
            grave.append(f"{said({TASKS: uses[TASKS]})} count otherwise in every production: {name}")
        elif what == "automation":
            says.append(f"Used by {said(uses) or 'no production'}: {name}")
        elif item.changed(ARCHIVED) and uses:
            says.append(f"Stays on what uses it ({said(dict(list(uses.items())[:3]))}): {name}")
    new = [one.address for one in moving if is_new(one) and what_of(one.target) != "department"]
    return [
        *grave,
        *says,
        *([f"New, so used by no production until change_project has it: {listed(new, 3)}"] if new else []),
    ]
