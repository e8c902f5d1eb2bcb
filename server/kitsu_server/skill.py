"""The skill, SKILL.md and its references, as resources: the same files from a checkout and from an installed wheel."""

import re
from functools import partial
from pathlib import Path
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.resources import FunctionResource

_IN_WHEEL = Path(__file__).parent / "skill_files"
_IN_CHECKOUT = Path(__file__).parents[2]

PREFIX = "kitsu://skill/"


def skill_folder() -> Path:
    """The folder that holds SKILL.md and references/."""
    return _IN_WHEEL if _IN_WHEEL.is_dir() else _IN_CHECKOUT


def skill_files() -> list[Path]:
    """SKILL.md, then its references by name, relative to the folder."""
    folder = skill_folder()
    references = sorted((folder / "references").glob("*.md"))
    return [Path("SKILL.md"), *(one.relative_to(folder) for one in references)]


def add_skill(server: MCPServer[Any]) -> None:
    """Offer every file of the skill as `kitsu://skill/…`, with its title and size."""
    folder = skill_folder()
    for path in skill_files():
        text = (folder / path).read_text(encoding="utf-8")
        server.add_resource(
            FunctionResource(
                uri=f"{PREFIX}{path.as_posix()}",
                name=path.as_posix(),
                title=_title(text, path),
                description=f"{len(text.encode()):,} bytes, about {len(text) // 4:,} tokens",
                mime_type="text/markdown",
                fn=partial(Path.read_text, folder / path, encoding="utf-8"),
            )
        )


def _title(text: str, path: Path) -> str:
    heading = re.search(r"^# (.+)$", text, re.MULTILINE)
    return heading[1].strip() if heading else path.stem
