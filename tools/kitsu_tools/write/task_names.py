"""The tasks that a write tool is told to change, as an agent names them: of one production, all wrong ones at once."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Annotated

from pydantic import Field

from kitsu_tools.gate.change import MOST_ITEMS
from kitsu_tools.tracker.errors import BadInput, KitsuError
from kitsu_tools.tracker.finder import Finder, FoundTask
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.write.naming import found_or_why, refuse_several, usable

MOST_TASKS = MOST_ITEMS

Tasks = Annotated[
    Sequence[str],
    Field(max_length=MOST_TASKS, description="tasks of one project: SQ01/SH010:Animation, ids or page links"),
]

_BETWEEN_TASKS = re.compile(r"\s*[,;\n]\s*|\s+(?=<?https?://)")


async def tasks_named(kitsu: Kitsu, tasks: Sequence[str]) -> list[tuple[int, FoundTask]]:
    """The tasks that these texts name, each with the position of its text.

    Raises:
        BadInput, NotFound, NotPermitted: none, too many, of several productions, or what is wrong with each.
    """
    if not 1 <= len(tasks) <= MOST_TASKS:
        raise BadInput(f"tasks: {len(tasks)} given; 1 to {MOST_TASKS:,} go in one change.")
    find = await kitsu.find.for_many(tasks)
    several = await gather(*[partial(_named_in, find, text) for text in tasks])
    named = [(position, text, one) for position, group in enumerate(several) for text, one in group]
    if len(named) > MOST_TASKS:
        raise BadInput(f"tasks: {len(named)} named; 1 to {MOST_TASKS:,} go in one change.")
    found = usable([text for _, text, _ in named], [one for _, _, one in named], "task")
    refuse_several((one.reading.project for one in found), "task")
    return [(position, one) for (position, _, _), one in zip(named, found, strict=True)]


async def _named_in(find: Finder, text: str) -> list[tuple[str, FoundTask | KitsuError]]:
    """The task that a text names, or why none; else, as models write several in one text, those that its parts name.

    Beside a link no part is passed over, as a link is found in any text.
    """
    whole = await found_or_why(partial(find.task, text))
    parts = list(filter(None, _BETWEEN_TASKS.split(text.strip())))
    if (isinstance(whole, FoundTask) and "://" not in text) or not 1 < len(parts) <= MOST_TASKS:
        return [(text, whole)]
    each = await gather(*[partial(found_or_why, partial(find.task, part)) for part in parts])
    known = any(isinstance(one, FoundTask) for one in each)
    return list(zip(parts, each, strict=True)) if known else [(text, whole)]
