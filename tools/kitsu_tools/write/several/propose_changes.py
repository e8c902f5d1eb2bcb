"""Several changes in one plan: each is planned by its own tool's rules, upon what those before it would leave."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Annotated, Any

from mcp.server.mcpserver import Context, Resolve
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Argument

from kitsu_tools.arguments import KitsuHere, kitsu_of
from kitsu_tools.catalog import CATALOG, Entry
from kitsu_tools.gate.change import Change
from kitsu_tools.strict_tool import StrictTool
from kitsu_tools.tracker.errors import BadInput, NotFound, NotPermitted, listed, quoted
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.write.several.kind import SeveralChange, together
from kitsu_tools.write.several.new_records import NAMED_LATER, following, makes
from kitsu_tools.write.several.planned import planned
from kitsu_tools.write.tool import Plans, plan_of, writes

MOST_STEPS = 20
Plan = Callable[[Kitsu], Awaitable[Change]]


class Step(BaseModel):
    """A tool that writes, and what it is called with."""

    model_config = ConfigDict(extra="forbid")

    tool: str
    arguments: dict[str, Any]


async def _offered(ctx: Context) -> list[Entry]:
    """Resolver: the tools that this server offers and that can be a part of a plan."""
    names = {one.name for one in await ctx.mcp_server.list_tools()}
    return [one for one in CATALOG if one.writes and one.name in names]


@writes
async def propose_changes(
    kitsu: KitsuHere,
    offered: Annotated[list[Entry], Resolve(_offered)],
    changes: Annotated[
        Sequence[Step],
        Argument(
            max_length=MOST_STEPS,
            description="in order; each a tool that writes, and its arguments; not undo_change, import_breakdown nor "
            "of live reviews",
        ),
    ],
) -> Change:
    """Propose several changes of one project as one plan, such as statuses, assignments and dates of the same tasks,
    after the person said yes once, in a dialog.

    They are sent in order, and may name entities and tasks that earlier ones create, by their addresses to be; at the
    first failure the rest stays unsent. undo_change takes back what was applied.
    """
    if not changes:
        raise BadInput("changes: name at least one.")
    plans = _plans(changes, offered)
    done: list[Change] = []
    for number, (step, plan) in enumerate(zip(changes, plans, strict=True)):
        try:
            change = following(done, await plan(await planned(kitsu, done)))
        except (BadInput, NotFound, NotPermitted) as error:
            raise BadInput(f"changes[{number}] ({step.tool}): {error}{_create_first(done)}") from error
        if isinstance(change, SeveralChange):
            raise BadInput(f"changes[{number}] ({step.tool}) is a plan of several kinds itself. Propose it alone.")
        if done and change.project_id != done[0].project_id:
            raise BadInput(
                f"changes[{number}] ({step.tool}) is of {change.project}, those before of {done[0].project}. Propose a "
                "plan for each production."
            )
        done.append(change)
    return together(done, "propose_changes")


def _create_first(done: Sequence[Change]) -> str:
    """What to do where a part may have named what these make, and cannot."""
    made = any(one.kind not in NAMED_LATER and any(map(makes, one.items)) for one in done)
    says = "can be named only once it is there: create it first, then propose the rest."
    return f" What an earlier one makes, but for entities and tasks, {says}" * made


def _plans(changes: Sequence[Step], offered: Sequence[Entry]) -> list[Plan]:
    """What plans each of them, once its arguments are as its tool takes them.

    Raises:
        BadInput: all that is wrong with any of them.
    """
    named = {one.name: one for one in offered}
    plans: list[Plan] = []
    wrong: list[str] = []
    for number, step in enumerate(changes):
        try:
            plans.append(_planning(named, step))
        except (BadInput, ToolError) as error:
            said = str(error).removesuffix(" Nothing was done.")
            wrong.append(f"changes[{number}]{f' ({step.tool})' if step.tool in named else ''}: {said}")
    if wrong:
        raise BadInput(" ".join(wrong))
    return plans


def _planning(offered: Mapping[str, Entry], step: Step) -> Plan:
    """What plans a step in a Kitsu.

    Raises:
        BadInput: the tool cannot be a part of a plan.
        ToolError: its arguments cannot be used.
    """
    parts = {name: one for name, entry in offered.items() if (one := _alone(entry)) is not None}
    if step.tool not in parts:
        raise BadInput(f"{quoted(step.tool)} cannot be a part of a plan. Those that can: {listed(parts, len(parts))}.")
    entry = offered[step.tool]
    _, arguments = StrictTool.of(entry.function, entry.title, entry.annotations).read(step.arguments)
    plan, server = parts[step.tool]
    return lambda kitsu: plan(**arguments, **dict.fromkeys(server, kitsu))


def _alone(entry: Entry) -> tuple[Plans, Collection[str]] | None:
    """What plans in a tool that needs nothing of the server but Kitsu: what it needs of more, such as a review room,
    is not of a plan. With the names of what Kitsu is given as.
    """
    plan, server = plan_of(entry.function)
    return (plan, server) if set(server.values()) == {kitsu_of} else None
