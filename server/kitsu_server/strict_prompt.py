"""A prompt whose argument errors reach the person: the SDK says "Internal server error" to them all (mcp 2.3.0)."""

import re
from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, get_type_hints

from mcp.server.mcpserver.prompts import Prompt
from mcp.server.mcpserver.prompts.base import Message, PromptArgument
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, InputRequiredResult

from kitsu_tools.coercion import left_out, own
from kitsu_tools.tracker.errors import BadInput
from kitsu_tools.unseen import first_unseen

if TYPE_CHECKING:
    from mcp.server.mcpserver import Context

MOST_CHARACTERS = 200
_CUT = re.compile(r'^"[^"]*$|^[^"]*"$|\\$')
"""One quotation mark without the other, or a blank's escape: Claude Code 2.1.330 splits at every blank all the same."""


class StrictPrompt(Prompt):
    """A prompt made of a function of texts: each `Annotated[str, "what it is"]`, with a default where optional."""

    @classmethod
    def of(cls, function: Callable[..., str], title: str) -> "StrictPrompt":
        """Build one: its name, its docstring, its signature."""
        hints = get_type_hints(function, include_extras=True)
        arguments = [
            PromptArgument(
                name=name, description=hints[name].__metadata__[0], required=parameter.default is Parameter.empty
            )
            for name, parameter in signature(function).parameters.items()
        ]

        async def text(**given: str) -> str:
            return function(**given)

        return cls(
            name=function.__name__,
            title=title,
            description=" ".join((function.__doc__ or "").split()),
            arguments=arguments,
            fn=text,
            context_kwarg=None,
        )

    async def render(
        self, arguments: dict[str, Any] | None, context: "Context[Any, Any]"
    ) -> list[Message] | InputRequiredResult:
        """Check the arguments, then write the text."""
        try:
            return await super().render(self._checked(arguments or {}), context)
        except (BadInput, ValueError) as error:
            wrong = error if isinstance(error, BadInput) else error.__cause__
            if not isinstance(wrong, BadInput):
                raise
            raise MCPError(INVALID_PARAMS, str(wrong)) from None

    def _checked(self, given: Mapping[str, Any]) -> dict[str, str]:
        """The arguments without blanks around them; hosts send an optional one that was left out as empty text."""
        known = {one.name: one for one in self.arguments or ()}
        mine = own(given, known)
        for name in mine:
            if name not in known:
                raise BadInput(f"{self.name} has no argument {name!r}. The arguments are: {', '.join(known)}.")
        kept = {name: text for name, value in mine.items() if not left_out(value) and (text := _text(name, value))}
        for name, argument in known.items():
            if argument.required and name not in kept:
                raise BadInput(f"{name} is missing: {argument.description}.")
        return kept


def _text(name: str, value: object) -> str:
    text = str(value).strip().replace("%20", " ")
    if len(text) > MOST_CHARACTERS:
        raise BadInput(f"{name}: {len(text)} characters are too many for a name; at most {MOST_CHARACTERS}.")
    if first_unseen(text) or set("\t\n\r") & set(text):
        raise BadInput(
            f"{name}: {text!r} holds a line break or a character that nobody sees. Give the name without it."
        )
    text = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    if _CUT.search(text):
        raise BadInput(
            f"{name}: {text!r} looks cut at a blank, which some hosts do whatever the quotes. Write the blank as %20 "
            "(Robo%20Garden), or give a part of the name without one that fits no other (Robo)."
        )
    return text
