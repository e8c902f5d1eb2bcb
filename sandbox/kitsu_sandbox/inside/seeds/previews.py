"""Previews: planned as rows, then drawn; movies go through the API, for Zou to make of them what players show, and
pictures, of which it makes no more than smaller ones, to where it would put them.
"""

from __future__ import annotations

import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from PIL import ImageOps

from seeds import drawing
from seeds.flow import Preview, Production, person
from seeds.rows import uid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    import psycopg

_READY = {"extension": "png", "status": "ready", "width": drawing.SIZE[0], "height": drawing.SIZE[1]}
_SMALLER = {"thumbnails": (150, 100), "thumbnails/square": (100, 100)}
_LINK = """
with chosen as (
  select comment.id from comment join task_status on task_status.id = comment.task_status_id
  where object_id = %(task)s and short_name in ('wfa', 'done') order by comment.created_at
  offset %(place)s limit 1)
insert into comment_preview_link (comment, preview_file) select id, %(preview)s from chosen
"""


def plan(
    production: Production, entity: UUID, name: str, step: str, author: str, *, revisions: int = 1, movie: bool = False
) -> None:
    """Write the rows of the previews of a task of an entity with this name."""
    for revision in range(1, revisions + 1):
        task = uid("task", entity, step, "main")
        found = uid("preview", task, revision)
        label = f"{production.name} {name} {step} v{revision}"
        production.previews.append(Preview(found, task, entity, label, revision, movie, production.fps))
        production.rows.add(
            "preview_file", at=production.anchor, id=found, name=str(found)[:13],
            revision=revision, task_id=task, person_id=person(production, author),
            **({"extension": "mp4"} if movie else _READY | {"original_name": _file_name(label)}),
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


def draw(connection: psycopg.Connection[Any], previews: Sequence[Preview], folder: Path) -> None:
    """Put the pictures into Zou's folder, in every size that it keeps (`file_store`, 1.0.97), and note their bytes."""
    for preview in previews:
        if preview.movie:
            continue
        picture = drawing.frame(str(preview.entity), preview.label, preview.revision)
        sizes = {"original": picture, "previews": picture}
        sizes |= {kind: ImageOps.fit(picture, size) for kind, size in _SMALLER.items()}
        for kind, image in sizes.items():
            name = str(preview.id)
            file = folder / "pictures" / kind / name[:3] / name[3:6] / name
            file.parent.mkdir(parents=True, exist_ok=True)
            image.save(file, "PNG")
            if kind == "original":
                bytes_and_id = (file.stat().st_size, preview.id)
                connection.execute("update preview_file set file_size = %s where id = %s", bytes_and_id)


def upload(previews: Sequence[Preview], host: str, token: str, ffmpeg: str) -> None:
    """Send the movies; Zou makes a smaller one and pictures of each.

    Raises:
        requests.HTTPError: Zou refused one.
    """

    def send(preview: Preview) -> None:
        answer = requests.post(
            f"{host}/pictures/preview-files/{preview.id}",
            headers={"Authorization": f"Bearer {token}"},
            # Zou would scale the movie up to the production's resolution, which takes seconds and shows nothing more.
            params={"normalize": "false"},
            files={"file": (f"{_file_name(preview.label)}.mp4", _movie(preview, ffmpeg))},
            timeout=120,
        )
        answer.raise_for_status()

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(send, [one for one in previews if one.movie]))


def _file_name(label: str) -> str:
    return label.lower().replace(" ", "_").replace("/", "_")


def _movie(preview: Preview, ffmpeg: str) -> bytes:
    """Two or three seconds, the same bytes every time; every frame says which it is, the first being 1."""
    width, height = drawing.SIZE
    read = f"-f rawvideo -pix_fmt rgb24 -s {width}x{height} -r {preview.fps} -i -"
    write = (
        "-c:v libx264 -preset ultrafast -crf 18 -g 12 -pix_fmt yuv420p -threads 1 -fflags +bitexact -flags +bitexact"
    )
    count = (2 + preview.entity.int % 2) * int(preview.fps)
    frames = (
        drawing.frame(str(preview.entity), preview.label, preview.revision, one, count).tobytes()
        for one in range(1, count + 1)
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "movie.mp4")
        command = [ffmpeg, "-v", "error", *read.split(), *write.split(), file]
        subprocess.run(command, check=True, input=b"".join(frames))
        return file.read_bytes()
