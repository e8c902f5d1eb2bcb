"""A handful of previews: planned as rows, then drawn and uploaded through the API, so that Zou really serves them."""

from __future__ import annotations

import io
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from PIL import Image, ImageDraw

from seeds.flow import Preview, Production, person
from seeds.rows import uid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    import psycopg

_COLORS = [(40, 70, 120), (120, 60, 40), (50, 110, 60), (90, 50, 110)]
_LINK = """
with chosen as (
  select comment.id from comment join task_status on task_status.id = comment.task_status_id
  where object_id = %(task)s and short_name in ('wfa', 'done') order by comment.created_at
  offset %(place)s limit 1)
insert into comment_preview_link (comment, preview_file) select id, %(preview)s from chosen
"""


def plan(
    production: Production, entity: UUID, step: str, author: str, *, revisions: int = 1, movie: bool = False
) -> None:
    """Write the rows of the previews of an entity's task."""
    for revision in range(1, revisions + 1):
        task = uid("task", entity, step, "main")
        found = uid("preview", task, revision)
        label = f"{production.name} {step} v{revision}"
        production.previews.append(Preview(found, task, entity, label, revision, movie))
        production.rows.add(
            "preview_file", at=production.anchor, id=found, name=str(found)[:13],
            revision=revision, extension="mp4" if movie else "png", task_id=task, person_id=person(production, author),
        )  # fmt: skip


def shown(production: Production, entity: UUID) -> dict[str, str]:
    """An entity as a playlist holds it, with its latest preview if it has one."""
    found = [preview for preview in production.previews if preview.entity == entity]
    return {"entity_id": str(entity)} | ({"preview_file_id": str(found[-1].id)} if found else {})


def link(connection: psycopg.Connection[Any], previews: Sequence[Preview]) -> None:
    """Attach the previews to the comments that asked for review, to their tasks, and pictures to their entities."""
    for preview in previews:
        connection.execute(_LINK, {"task": preview.task, "place": preview.revision - 1, "preview": preview.id})
        connection.execute("update task set last_preview_file_id = %s where id = %s", (preview.id, preview.task))
        if not preview.movie:
            connection.execute("update entity set preview_file_id = %s where id = %s", (preview.id, preview.entity))


def upload(previews: Sequence[Preview], host: str, token: str, ffmpeg: str) -> None:
    """Send the files; Zou makes thumbnails and normalised movies of them.

    Raises:
        requests.HTTPError: Zou refused one.
    """

    def send(numbered: tuple[int, Preview]) -> None:
        number, preview = numbered
        content = _movie(number, ffmpeg) if preview.movie else _picture(number, preview.label)
        name = f"{preview.label.lower().replace(' ', '_')}.{'mp4' if preview.movie else 'png'}"
        answer = requests.post(
            f"{host}/pictures/preview-files/{preview.id}",
            headers={"Authorization": f"Bearer {token}"},
            # Zou would scale the movie up to the production's resolution, which takes seconds and shows nothing more.
            params={"normalize": "false"},
            files={"file": (name, content)},
            timeout=120,
        )
        answer.raise_for_status()

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(send, enumerate(previews)))


def _picture(number: int, label: str) -> bytes:
    image = Image.new("RGB", (960, 540), _COLORS[number % len(_COLORS)])
    draw = ImageDraw.Draw(image)
    draw.ellipse((300 + 20 * number, 120, 660, 480), fill=(220, 200, 160))
    draw.text((20, 20), label, fill="white")
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def _movie(number: int, ffmpeg: str) -> bytes:
    source = f"testsrc=size=640x360:rate=24:duration={2 + number % 2}"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "movie.mp4")
        command = [
            ffmpeg,
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            source,
            "-pix_fmt",
            "yuv420p",
            "-preset",
            "ultrafast",
            file,
        ]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return file.read_bytes()
