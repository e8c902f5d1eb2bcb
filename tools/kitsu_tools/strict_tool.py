"""A tool that refuses arguments it does not know, in a sentence instead of a validator's dump; and one that is listed
before anything is made of its function.

The SDK ignores unknown arguments silently, echoes pydantic's text, and makes the schemas of all tools at every start
(seen on mcp 2.3.0). All three are mended here, the one place that touches how the SDK holds a tool.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import orjson
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp.types import ToolAnnotations
from pydantic import ConfigDict, PrivateAttr, ValidationError

from kitsu_tools.coercion import as_meant
from kitsu_tools.gate.asking import AskAtAddress
from kitsu_tools.gate.confirmation import NOT_PASSED_ON, NOTHING_WRITTEN
from kitsu_tools.tracker.errors import KitsuError

if TYPE_CHECKING:
    from mcp.server.mcpserver import Context

LONGEST_ARGUMENT = 10_000
MOST_ITEMS = 200
"""No argument is longer, and no list of them whose tool does not say how long it may be: far above what any tool can
use, far below what would keep it busy.
"""

LISTINGS = Path(__file__).with_name("listings")
"""What each tool is listed with, a file a tool, made of its function (`UPDATE_LISTINGS=1`, CONTRIBUTING.md)."""

_UNFIT = f"The host's answer does not fit the question, so it counts as no yes. {NOTHING_WRITTEN} {NOT_PASSED_ON}"


class StrictTool(Tool):
    """A tool whose argument errors name the argument, what is wrong and what is valid."""

    @classmethod
    def of(
        cls, function: Callable[..., Any], title: str, annotations: ToolAnnotations, meta: dict[str, Any] | None = None
    ) -> "StrictTool":
        """Build one from a function: its name, its docstring, its signature."""
        tool = cls.from_function(
            function, title=title, description=_prose(function), annotations=annotations, meta=meta
        )
        loose = tool.fn_metadata.arg_model
        strict = type(
            loose.__name__, (loose,), {"model_config": ConfigDict(extra="forbid", arbitrary_types_allowed=True)}
        )
        tool.fn_metadata.arg_model = strict
        tool.parameters = _lean(strict.model_json_schema(by_alias=True))
        if tool.fn_metadata.output_schema is not None:
            tool.fn_metadata.output_schema = _lean(tool.fn_metadata.output_schema)
        return cast("StrictTool", tool)

    async def run(self, arguments: dict[str, Any], context: "Context[Any, Any]", convert_result: bool = False) -> Any:  # noqa: ANN401  as the SDK
        """Check the arguments, then run as the SDK does."""
        arguments, _ = self.read(arguments)
        try:
            return await super().run(arguments, context, convert_result)
        except UnexpectedToolError as crash:
            if isinstance(crash.__cause__, KitsuError):  # the SDK passes on the text of its own errors alone
                raise ToolError(f"Error executing tool {self.name}: {crash.__cause__}") from crash.__cause__
            raise UnexpectedToolError(self._crashed()) from crash.__cause__
        except ToolError as error:
            if isinstance(error.__cause__, AskAtAddress):
                return error.__cause__.request
            if str(error.__cause__).startswith("Resolver "):  # mcp 2.3.0, of what a host answered for a person
                raise ToolError(f"Error executing tool {self.name}: {_UNFIT}") from error
            raise

    def read(self, arguments: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The arguments of a call as they were meant, and what the function takes of them.

        Raises:
            ToolError: what is wrong with them.
        """
        read = self.fn_metadata.pre_parse_json(arguments)  # the SDK's own: a list may come as JSON in a text
        _require_bounds(read, self.parameters)
        meant = as_meant(read, self.parameters)
        try:
            return meant, self.fn_metadata.validate_arguments(meant)
        except ValidationError as error:
            raise ToolError(self._complaint(error)) from None

    def _crashed(self) -> str:
        """For the model; what happened is for the log, which the SDK writes."""
        reads = self.annotations is not None and self.annotations.read_only_hint
        return (
            f"{self.name} stopped at something it did not expect, most likely an answer that no Kitsu gives. Check "
            "KITSU_HOST and what stands between it and Kitsu; the server's log has the details."
        ) + ("" if reads else " Whether anything was written is unknown: look in Kitsu before trying again.")

    def _complaint(self, error: ValidationError) -> str:
        valid = ", ".join(self.fn_metadata.arg_model.model_fields)
        said: list[str] = []
        for one in error.errors(include_url=False, include_context=False):
            where = ".".join(str(part) for part in one["loc"])
            match one["type"]:
                case "extra_forbidden":
                    said.append(f"{self.name} has no argument {where!r}.")
                case "missing":
                    said.append(f"{where} is missing.")
                case "sequence_str" | "is_instance_of":
                    said.append(f'{where}: give a list, such as ["…", "…"].')
                case _:
                    said.append(f"{where}: {one['msg']}.")
        return f"{' '.join(said)} The arguments are: {valid}. Nothing was done."


class ListedTool(Tool):
    """A tool as its listing has it, made of its function when it is first called: a host waits for the list of tools at
    every start, and importing and inspecting all of them took a fifth of that, more with each tool.
    """

    _made: Callable[[], StrictTool] = PrivateAttr()

    @classmethod
    def of(
        cls,
        name: str,
        title: str,
        annotations: ToolAnnotations,
        meta: dict[str, Any] | None,
        load: Callable[[], Callable[..., Any]],
    ) -> "ListedTool":
        """The tool that is listed as `name`; `load` gives its function."""
        listing: dict[str, Any] = orjson.loads((LISTINGS / f"{name}.json").read_bytes())
        tool = cls(
            fn=load,
            name=name,
            title=title,
            description=listing["description"],
            parameters=listing["inputSchema"],
            fn_metadata=FuncMetadata(arg_model=ArgModelBase, output_schema=listing.get("outputSchema")),
            is_async=True,
            context_kwarg=None,
            annotations=annotations,
            meta=meta,
        )
        tool._made = cache(lambda: StrictTool.of(load(), title, annotations, meta))
        return tool

    async def run(self, arguments: dict[str, Any], context: "Context[Any, Any]", convert_result: bool = False) -> Any:  # noqa: ANN401  as the SDK
        """Make the tool, if this is its first call, and run it."""
        return await self._made().run(arguments, context, convert_result)


def _require_bounds(arguments: dict[str, Any], schema: dict[str, Any]) -> None:
    for name, value in arguments.items():
        items = cast("list[Any]", value) if isinstance(value, list) else [value]
        most = schema["properties"].get(name, {}).get("maxItems", MOST_ITEMS)
        if len(items) > most:
            raise ToolError(f"{name} has {len(items):,} items; at most {most:,} are taken. Nothing was done.")
        longest = max((len(item) for item in items if isinstance(item, str)), default=0)
        if longest > LONGEST_ARGUMENT:
            raise ToolError(
                f"{name} has {longest:,} characters; at most {LONGEST_ARGUMENT:,} are taken. Nothing was done."
            )


def _prose(function: Callable[..., Any]) -> str:
    """The docstring without its indentation and line breaks: an agent pays for both."""
    paragraphs = (function.__doc__ or "").split("\n\n")
    return "\n".join(" ".join(paragraph.split()) for paragraph in paragraphs).strip()


def _lean(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema as short as a model can read it: it is paid for in every conversation, and calls are held to the
    signature, not to this. What it refers to stands where it is used, as not every host follows references. Left out is
    what says nothing new: titles that pydantic makes of names, defaults that are empty (what need not be given is empty
    then), null beside what may be given, a count's lowest that is 0 or 1, the length of texts.
    """
    definitions: dict[str, Any] = schema.get("$defs", {})

    def lean(value: Any) -> Any:  # noqa: ANN401  JSON
        match value:
            case {"$ref": str(reference)}:
                return lean({key: one for key, one in definitions[reference[8:]].items() if key != "description"})
            case {"anyOf": [given, {"type": "null"}], "default": None, **others}:
                return lean({**given, **others})
            case dict():
                items: Any = value.items()  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
                # What is called `title` or `default` among properties is a schema, and not left out.
                return {key: lean(one) for key, one in items if isinstance(one, dict) or not _says_nothing(key, one)}
            case list():
                return [lean(one) for one in value]  # pyright: ignore[reportUnknownVariableType]
            case _:
                return value

    return lean({key: one for key, one in schema.items() if key != "$defs"})


def _says_nothing(key: str, value: object) -> bool:
    match key:
        case "title" | "minLength" | "maxLength":
            return True
        case "default":
            return not value
        case "minimum":
            return value in {0, 1}
        case _:
            return False
