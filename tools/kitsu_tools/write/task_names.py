"""The tasks that a write tool is told to change, as an agent names them: of one production, all wrong ones at once."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Annotated

from pydantic import Field

from kitsu_tools.gate.change import MOST_ITEMS
from kitsu_tools.tracker.errors import BadInput, KitsuError, listed
from kitsu_tools.tracker.finder import Finder, FoundTask
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.write.naming import complaint, found_or_why

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
    wrong = [(text, one) for _, text, one in named if isinstance(one, KitsuError)]
    if wrong:
        raise complaint(wrong, len(named))
    found = [(position, one) for position, _, one in named if isinstance(one, FoundTask)]
    projects = {one.reading.project.name for _, one in found}
    if len(projects) > 1:
        raise BadInput(f"The tasks are of several productions ({listed(sorted(projects))}). Change one at a time.")
    return found


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
