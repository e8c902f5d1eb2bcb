"""Who changes what is of the whole studio: admins alone, on each of the routes of Zou 1.0.97."""

import time

from kitsu_tools.tracker.errors import BadInput, NotPermitted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.model import Me


async def admin_of_all(kitsu: Kitsu, what: str) -> Me:
    """Who is signed in, as Kitsu says now: an admin.

    Raises:
        NotPermitted: it is none.
        BadInput: this server is limited to some productions, and a change of the studio reaches all.
    """
    me = await kitsu.directory.me.get(time.monotonic())
    if me.role != "admin":
        raise NotPermitted(f"Only admins change {what}; this identity has the role {me.role!r}.")
    if kitsu.directory.is_limited:
        raise BadInput(
            f"This server is limited to productions (KITSU_PROJECTS), and {what} are of all: change them in Kitsu."
        )
    return me
