"""The direction of imports: server → read, write → gate → tracker, never back; and tracker knows no MCP."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
LAYERS: tuple[tuple[str, ...], ...] = (
    ("unseen",),
    ("likeness",),
    ("tracker",),
    (),  # whatever else all tools share
    ("gate", "endpoints", "live"),
    ("arguments", "strict_tool"),
    ("catalog",),  # names modules, and imports none
    ("read", "write"),
    ("kitsu_server",),
)
"""Rooms, lowest first. What is in one imports from lower ones and from itself, not from its neighbours."""
SHARED = 3
WITHOUT_MCP = 2
"""Up to this layer nothing imports the SDK."""

MODULES = sorted([*(ROOT / "tools/kitsu_tools").rglob("*.py"), *(ROOT / "server/kitsu_server").rglob("*.py")])


def room_of(module: str) -> str:
    first, _, rest = module.partition(".")
    return rest.partition(".")[0] if first == "kitsu_tools" else first


def layer_of(room: str) -> int:
    return next((rank for rank, rooms in enumerate(LAYERS) if room in rooms), SHARED)


def imported(file: Path) -> set[str]:
    """Modules that a file imports anywhere, for types too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{one.name}" for one in node.names}
    return found


def test_every_module_imports_from_its_own_room_and_from_lower_ones() -> None:
    wrong: list[str] = []
    for file in MODULES:
        room = room_of(".".join(file.relative_to(ROOT).with_suffix("").parts[1:]))
        layer, names = layer_of(room), imported(file)
        highest = layer if layer == SHARED else layer - 1
        ours = {name: room_of(name) for name in names if name.startswith(("kitsu_tools.", "kitsu_server."))}
        back = [name for name, other in ours.items() if other != room and layer_of(other) > highest]
        back += [name for name in names if layer <= WITHOUT_MCP and name.partition(".")[0] == "mcp"]
        wrong += [f"{file.relative_to(ROOT)}: {name}" for name in sorted(back)]
    assert wrong == []
