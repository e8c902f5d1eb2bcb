"""Comments on tasks."""

from collections.abc import Sequence
from typing import Annotated

from mcp.server.mcpserver import Context, Elicit, ElicitationResult, Resolve
from mcp.types import CallToolResult
from pydantic import Field

from kitsu_tools.answers import Record
from kitsu_tools.arguments import GateHere, KitsuHere, Task, Text, agent_of
from kitsu_tools.gate.before_sending import before_sending
from kitsu_tools.gate.confirmation import Confirmation, require_a_person
from kitsu_tools.gate.plan import Plan
from kitsu_tools.gate.planning import Wish, plan_comments
from kitsu_tools.gate.question import question
from kitsu_tools.tracker.errors import BadInput


async def plan_add_comment(
    task: str, text: str, status: str, checklist: Sequence[str], kitsu: KitsuHere, gate: GateHere, ctx: Context
) -> Plan:
    """Resolver: the comment, worked out with reads only."""
    with before_sending():
        require_a_person(ctx)
        if not text.strip():
            raise BadInput("text: an empty comment. To change only the status use change_status.")
        wish = Wish("add_comment", [task], status, text, checklist)
        return await gate.propose(await plan_comments(kitsu, wish, agent_of(ctx), gate.person))


async def ask_add_comment(plan: Annotated[Plan, Resolve(plan_add_comment)]) -> Elicit[Confirmation]:
    """Resolver: a person's answer. No agent can give it."""
    return question(plan)


async def add_comment(
    task: Task,
    text: Text,
    gate: GateHere,
    plan: Annotated[Plan, Resolve(plan_add_comment)],
    answer: Annotated[ElicitationResult[Confirmation], Resolve(ask_add_comment)],
    status: Annotated[str, Field(description="also set this status; empty: it stays")] = "",
    checklist: Annotated[Sequence[str], Field(max_length=20, description="unticked lines to add")] = (),
) -> Annotated[CallToolResult, Record]:
    """Comment on one task, after the person you work for said yes in their own dialog; they may edit the text.

    The receipt says what happened. For several tasks, or a status alone, use change_status.
    """
    return await gate.carry_out(plan, answer)
