"""Pictures as a model is shown them, and the seeded previews that tests look at."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import psycopg
from PIL import Image, ImageChops

if TYPE_CHECKING:
    from mcp.types import CallToolResult

    from kitsu_sandbox.lifecycle import Connection
    from support.client import Agent

MOVIE, MOVIE_NAME = "Salt Harbour/SQ010/SH0020:Animation", "salt_harbour_sq010_sh0020_animation_v1"
PICTURE, PICTURE_NAME = "Salt Harbour/Character/Maren:Concept v2", "salt_harbour_maren_concept_v2"


async def seen(client: Agent, tool: str, **arguments: Any) -> tuple[Image.Image, dict[str, Any]]:
    """The one picture of an answer, and what stands beside it."""
    result = await client.call(tool, **arguments)
    assert not result.is_error, result.content
    return picture_of(result), result.structured_content or {}


def picture_of(result: CallToolResult) -> Image.Image:
    (content,) = [one for one in result.content if one.type == "image"]
    return Image.open(io.BytesIO(base64.b64decode(content.data))).convert("RGB")


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


def set_preview(kitsu: Connection, preview: str, **columns: object) -> None:
    """Set something of a preview past Zou."""
    with psycopg.connect(kitsu.database) as database:
        for column, value in columns.items():
            database.execute(f"update preview_file set {column} = %s where id = %s".encode(), (value, preview))


def refusals(answers: dict[str, str], said: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in answers.items() if said[name] not in text}
