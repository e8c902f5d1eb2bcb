"""A ten-tool MCP server that does nothing: what starting ours is compared with."""

from __future__ import annotations

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.tools import Tool


def nothing(under: str, where: list[str] | None = None, limit: int = 100) -> dict[str, int]:
    """Do nothing, with a signature like that of a real tool."""
    return {"under": len(under), "where": len(where or []), "limit": limit}


MCPServer("empty", tools=[Tool.from_function(nothing, name=f"nothing_{number}") for number in range(10)]).run("stdio")
