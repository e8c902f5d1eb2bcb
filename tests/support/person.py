"""The person before the host: answers a question as a test decides, and remembers what was asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from mcp.types import ElicitRequestFormParams, ElicitResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.client import ClientRequestContext
    from mcp.types import ElicitRequestParams

Form = dict[str, Any]


@dataclass
class Person:
    """Give it as `on_question`. `edit` changes the form before it goes; `meanwhile` happens while the person reads."""

    action: Literal["accept", "decline", "cancel"] = "accept"
    edit: Callable[[Form], Form] = field(default=lambda form: form)
    meanwhile: Callable[[], None] = field(default=lambda: None)
    asked: list[str] = field(default_factory=list[str])
    forms: list[Form] = field(default_factory=list[Form])
    schemas: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG002
        assert isinstance(params, ElicitRequestFormParams)
        self.asked.append(params.message)
        fields = params.requested_schema["properties"]
        self.schemas.append(fields)
        form = {name: field["default"] for name, field in fields.items() if "default" in field}
        self.forms.append(form)
        self.meanwhile()
        return ElicitResult(action=self.action, content=self.edit(form) if self.action == "accept" else None)
