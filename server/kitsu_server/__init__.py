"""The process around the tools."""

WEBSITE = "https://github.com/mcp-server-kitsu/mcp-server-kitsu"
