"""What makes a tool that writes of a function that plans: asked, sent and read back by the gate.

The decorated function takes what an agent gives and returns the change, worked out with reads only. The tool takes the
same, and two more parameters that only resolvers fill: the change as it was proposed, and a person's answer.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, cast, get_type_hints

from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult, Resolve
from mcp.types import CallToolResult

from kitsu_tools.arguments import GateHere, agent_of
from kitsu_tools.gate.asking import Answer, Way
from kitsu_tools.gate.change import Change
from kitsu_tools.gate.confirmation import Confirmation, before_sending
from kitsu_tools.gate.gate import Gate
from kitsu_tools.gate.question import question
from kitsu_tools.gate.receipt import not_answered

Plans = Callable[..., Awaitable[Change]]
Tool = Callable[..., Awaitable[CallToolResult]]


def writes(plan: Plans) -> Tool:
    """The tool of a function that plans: its name, its docstring, and its arguments but for those of the server."""
    hints = get_type_hints(plan, include_extras=True)
    given = inspect.signature(plan).parameters

    async def propose(*, gate: GateHere, ctx: Context, **arguments: Any) -> Change:  # noqa: ANN401  as the plan takes
        with before_sending():
            await gate.asking.way(ctx, agent_of(ctx))
            change = await plan(**arguments)
            return await gate.propose(replace(change, agent=agent_of(ctx), person=gate.person))

    async def ask(*, change: Change, gate: Gate, ctx: Context) -> Elicit[Confirmation] | Way:
        way = await gate.asking.way(ctx, change.agent)
        return question(change) if way == "form" else way

    async def run(
        *, gate: Gate, ctx: Context, change: Change, answer: AcceptedElicitation[Any] | Answer, **_: object
    ) -> CallToolResult:
        async def progress(done: float, total: float) -> None:
            await ctx.report_progress(done, total)

        if isinstance(answer, AcceptedElicitation) and isinstance(answer.data, str):  # the way, where it is a page
            with before_sending():
                asked = await gate.asking.pages.ask(change, partial(gate.check, change))
                given = await gate.asking.on_page(ctx, asked, cast("Way", answer.data))
            if given is None:
                return not_answered(change, asked.left_seconds)
            answer = given
        return await gate.carry_out(change, answer, progress)

    here = {"gate": GateHere, "ctx": Context}
    _shape(propose, f"propose_{plan.__name__}", {name: hints[name] for name in given} | here, Change)
    proposed = Annotated[Change, Resolve(propose)]
    _shape(ask, f"ask_{plan.__name__}", {"change": proposed} | here, Elicit[Confirmation] | str)
    answered = Annotated[ElicitationResult[Confirmation], Resolve(ask)]
    seen = {name: hint for name, hint in hints.items() if name in given and not _is_of_the_server(hint)}
    defaults = {name: one.default for name, one in given.items() if one.default is not inspect.Parameter.empty}
    _shape(
        run,
        plan.__name__,
        seen | here | {"change": proposed, "answer": answered},
        CallToolResult,
        **defaults,
    )
    run.__doc__ = plan.__doc__
    cast("Any", run).plan = plan
    return run


def plan_of(tool: Callable[..., Any]) -> tuple[Plans, dict[str, Callable[..., Any]]]:
    """What plans in a tool that `writes` made, and what gives it each argument of the server."""
    plan: Plans = cast("Any", tool).plan
    hints = get_type_hints(plan, include_extras=True).items()
    given = {name: one for name, hint in hints for one in getattr(hint, "__metadata__", ()) if isinstance(one, Resolve)}
    return plan, {name: one.fn for name, one in given.items()}


def _is_of_the_server(hint: object) -> bool:
    return any(isinstance(one, Resolve) for one in getattr(hint, "__metadata__", ()))


def _shape(
    function: Callable[..., Any], name: str, parameters: dict[str, Any], returns: object, /, **defaults: object
) -> None:
    """Give a function the name and the parameters that the SDK is to see."""
    function.__name__ = function.__qualname__ = name
    function.__annotations__ = parameters | {"return": returns}
    empty, keyword = inspect.Parameter.empty, inspect.Parameter.KEYWORD_ONLY
    every = [
        inspect.Parameter(one, keyword, annotation=hint, default=defaults.get(one, empty))
        for one, hint in parameters.items()
    ]
    cast("Any", function).__signature__ = inspect.Signature(every, return_annotation=returns)
