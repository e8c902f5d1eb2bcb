"""Statuses of tasks."""

from collections.abc import Sequence
from typing import Annotated

from mcp.server.mcpserver import Context, Elicit, ElicitationResult, Resolve
from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Record
from kitsu_tools.arguments import GateHere, KitsuHere, Text, agent_of
from kitsu_tools.gate.before_sending import before_sending
from kitsu_tools.gate.confirmation import Confirmation, require_a_person
from kitsu_tools.gate.plan import Plan
from kitsu_tools.gate.planning import MOST_TASKS, Wish, plan_comments
from kitsu_tools.gate.question import question
from kitsu_tools.tracker.errors import BadInput


async def plan_change_status(
    tasks: Sequence[str], status: str, text: str, kitsu: KitsuHere, gate: GateHere, ctx: Context
) -> Plan:
    """Resolver: the changes, worked out with reads only."""
    with before_sending():
        require_a_person(ctx)
        if not status.strip():
            raise BadInput("status: name the status to set.")
        plan = await plan_comments(kitsu, Wish("change_status", tasks, status, text), agent_of(ctx), gate.person)
        if not plan.items:
            raise BadInput(f"Every task is {status!r} already.")
        return await gate.propose(plan)


async def ask_change_status(plan: Annotated[Plan, Resolve(plan_change_status)]) -> Elicit[Confirmation]:
    """Resolver: a person's answer. No agent can give it."""
    return question(plan)


async def change_status(
    tasks: Annotated[
        Sequence[str],
        Field(
            min_length=1,
            max_length=MOST_TASKS,
            description="addresses (SQ01/SH010:Animation), ids or links of tasks of one project",
        ),
    ],
    status: Annotated[str, Field(description="the new status, by short name or name")],
    gate: GateHere,
    plan: Annotated[Plan, Resolve(plan_change_status)],
    answer: Annotated[ElicitationResult[Confirmation], Resolve(ask_change_status)],
    text: Text = "",
) -> Annotated[CallToolResult, Record]:
    """Set the status of up to 100 tasks of one project, after the person you work for said yes in their own dialog.

    Propose all changes in one call: they are asked once and can untick single ones. The receipt says what became of
    each.
    """
    return await gate.carry_out(plan, answer)
