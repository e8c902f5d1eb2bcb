"""The skill, SKILL.md and its references, as resources: each file listed, and the references as a template too."""

from collections.abc import Sequence
from typing import Any

from anyio import to_thread
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp.server.mcpserver.resources import FunctionResource, ResourceSecurity

from kitsu_tools.skill import PREFIX, Page, skill_page, skill_pages
from kitsu_tools.tracker.errors import Unknown

MARKDOWN = "text/markdown"
REFERENCES = f"{PREFIX}references/{{name}}"
"""The template of one reference: its `name` is `events` or `events.md`."""

# A name is looked up and never becomes part of a path, so a strange one is told which there are instead of nothing.
_LOOKED_UP = ResourceSecurity(exempt_params={"name"})


def add_skill(server: MCPServer[Any]) -> None:
    """Offer every file of the skill as `kitsu://skill/…`, with its title and what it is for."""
    pages = skill_pages()
    for page in pages:
        title, purpose = page.title_and_purpose()
        server.add_resource(
            FunctionResource(
                uri=f"{PREFIX}{page.name}",
                name=page.name,
                title=title,
                description=purpose,
                mime_type=MARKDOWN,
                fn=page.text,
            )
        )

    @server.resource(
        REFERENCES,
        name="reference",
        title="A reference of the kitsu skill",
        description="One of the pages that SKILL.md refers to, by name: events or events.md.",
        mime_type=MARKDOWN,
        security=_LOOKED_UP,
    )
    async def reference(name: str) -> str:
        try:
            page = skill_page(name, references(pages))
        except Unknown as error:
            raise ResourceNotFoundError(str(error)) from None
        return await to_thread.run_sync(page.text)

    server.middleware.append(with_sizes)


def references(pages: Sequence[Page]) -> list[Page]:
    """The pages below references/."""
    return [page for page in pages if page.name.startswith("references/")]


async def with_sizes(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Say how many bytes each page has: the SDK's own resources have no field for it (seen on mcp 2.3.0)."""
    result = await call_next(ctx)
    if ctx.method == "resources/list" and isinstance(result, dict):
        sizes = {f"{PREFIX}{page.name}": page.bytes for page in skill_pages()}
        for resource in result["resources"]:
            if resource["uri"] in sizes:
                resource["size"] = sizes[resource["uri"]]
    return result
