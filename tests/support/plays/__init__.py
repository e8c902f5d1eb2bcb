"""What is played when writes go wrong: a module an area, in it a function a kind of change.

To have a kind played give its module here, of any name, a function decorated with `plays("the kind's name")`, which
returns its `Play`: the jobs, and how often each item of a plan stands in the database. How the database must differ
is `HOLD` of `support.held`.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from support.plays.play import PLAYS

if TYPE_CHECKING:
    from support.plays.play import Play


def every_play() -> dict[str, Play]:
    """What is played of each kind, by its name."""
    for module in iter_modules(__path__, f"{__name__}."):
        import_module(module.name)
    return {kind: PLAYS[kind]() for kind in sorted(PLAYS)}
