"""A production as it is at this moment for those who set it up: `check_manager_project_access` of Zou 1.0.97 lets the
managers of its team and admins.
"""

import time
from collections.abc import Collection
from functools import partial
from typing import Any

from kitsu_tools.tracker.cached import Cached
from kitsu_tools.tracker.errors import BadInput, NotPermitted, Unknown
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.names import is_uuid
from kitsu_tools.tracker.records import project_of
from kitsu_tools.write.snapshot import Snapshot, permitted

MANAGES = frozenset({"admin", "manager"})
"""Roles that set up a production."""


async def production_to_set_up(
    kitsu: Kitsu, wanted: str, *held: Cached[Any], roles: Collection[str] = MANAGES, may_be_closed: bool = False
) -> Snapshot:
    """The production of this name, address or link, read anew with what is `held` besides.

    Raises:
        BadInput: there is no such production, or it is closed.
        NotPermitted: it is not there any more for this identity, or its role there sets nothing up.
    """
    moment, directory = time.monotonic(), kitsu.directory
    try:
        known = (await kitsu.find.production(wanted)).project
    except Unknown:
        if not (may_be_closed and is_uuid(wanted)):
            raise
        # Of closed ones Zou lists none to managers, and gives each by its id (1.0.97).
        known = project_of(await kitsu.session.read(f"data/projects/{wanted}"), is_open=False)
    await gather(*[partial(one.get, moment) for one in (directory.open_projects, *held)])
    project = await directory.project_by_id(known.id) or (None if known.open else known)
    if project is None:
        raise NotPermitted(f"{known.name} is deleted, or not yours to see any more. list_projects shows what is.")
    if not (project.open or may_be_closed):
        raise BadInput(
            f"{project.name} is closed: nothing is written to a closed production. change_project can reopen it."
        )
    role, me, types = await directory.role_on(project), await directory.me.get(), await directory.task_types.get()

    async def judge(now: Snapshot) -> Snapshot:
        if now.role not in roles:
            raise NotPermitted(f"The role {now.role!r} sets up no production: managers of its team and admins do.")
        return now

    return await permitted(kitsu, Snapshot(moment, project, me, role, {}, types, ""), judge)
