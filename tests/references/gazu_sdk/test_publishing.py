"""What references/publishing.md says of uploads beside what its blocks show."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

import pytest

from references.gazu_sdk.modules import gazu
from references.gazu_sdk.records import png
from references.generated import REFERENCES
from support.api import ask

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from gazu.client import KitsuClient

    from kitsu_sandbox.lifecycle import Connection

PAGE = REFERENCES / "publishing.md"


class Publisher:
    """An admin's bot at one task of the sandbox, which uploads files under one comment."""

    def __init__(self, client: KitsuClient, folder: Path) -> None:
        self.client = client
        self._folder = folder
        project = gazu.project.get_project_by_name("Robo Garden", client=client)
        self.task = gazu.task.all_tasks_for_project(project, client=client)[0]
        self.status = gazu.task.get_task_status_by_short_name("wfa", client=client)

        self._comment = gazu.task.add_comment(self.task, self.status, "Sample", client=self.client)

    def empty(self, revision: int | None = None) -> dict[str, Any]:
        return gazu.task.create_preview(self.task, self._comment, revision=revision, client=self.client)

    def upload(self, preview: dict[str, Any], name: str, content: bytes) -> dict[str, Any]:
        (self._folder / name).write_bytes(content)
        gazu.task.upload_preview_file(preview, str(self._folder / name), no_job=True, client=self.client)
        return self.now(preview)

    def now(self, preview: dict[str, Any]) -> dict[str, Any]:
        return gazu.files.get_preview_file(preview["id"], client=self.client)


@pytest.fixture
def publisher(pristine: Connection, tmp_path: Path) -> Generator[Publisher]:
    client = gazu.client.create_client(pristine.host, access_token=pristine.token("admin"))
    with contextlib.closing(client.session):
        yield Publisher(client, tmp_path)


def extensions() -> list[list[str]]:
    """The page's extensions: pictures, movies, other files."""
    section = PAGE.read_text(encoding="utf-8").partition("\n## What Zou takes")[2].partition("\n## ")[0]
    first_cells = [line.split(" | ")[0].strip("| ") for line in section.splitlines() if line.startswith("| ")]
    return [re.split(r", ", cell) for cell in first_cells if re.fullmatch(r"\w+(, \w+)+", cell)]


def test_pictures_are_kept_as_png_and_other_files_as_they_are(publisher: Publisher) -> None:
    pictures, _, others = extensions()
    for extension in pictures:
        made = publisher.upload(publisher.empty(), f"a.{extension.upper()}", png())
        assert (made["status"], made["extension"], made["width"], made["original_name"]) == ("ready", "png", 1, "a")
    for extension in others:
        made = publisher.upload(publisher.empty(), f"a.{extension}", b"anything")
        assert (made["status"], made["extension"], made["file_size"]) == ("ready", extension, 8)


def test_a_movie_is_known_by_its_extension_and_broken_when_it_is_none(publisher: Publisher) -> None:
    _, movies, _ = extensions()
    for extension in movies:
        made = publisher.upload(publisher.empty(), f"a.{extension}", b"no movie")
        assert (made["status"], made["extension"]) == ("broken", "mp4")


def test_what_zou_does_not_take_leaves_no_preview_and_a_bad_picture_leaves_one(publisher: Publisher) -> None:
    preview = publisher.empty()
    with pytest.raises(gazu.exception.ParameterException, match="Wrong file format"):
        publisher.upload(preview, "a.txt", b"text")
    with pytest.raises(gazu.exception.RouteNotFoundException):
        publisher.now(preview)
    preview = publisher.empty()
    with pytest.raises(gazu.exception.ParameterException, match="not a readable picture"):
        publisher.upload(preview, "a.png", b"text")
    assert publisher.now(preview)["status"] == "processing"


def test_a_file_is_never_replaced_and_revisions_go_on_after_a_gap(publisher: Publisher) -> None:
    preview = publisher.upload(publisher.empty(revision=9), "a.png", png())
    with pytest.raises(gazu.exception.ParameterException):
        publisher.upload(preview, "a.png", png())
    beside = publisher.empty()
    assert (beside["revision"], beside["position"]) == (9, 2)
    comment = gazu.task.add_comment(publisher.task, publisher.status, "Sample", client=publisher.client)
    assert gazu.task.create_preview(publisher.task, comment, client=publisher.client)["revision"] == 10


def test_the_seeded_movie_is_not_called_one_and_has_its_versions(publisher: Publisher) -> None:
    movie = next(
        one for one in gazu.client.fetch_all("preview-files", client=publisher.client) if one["extension"] == "mp4"
    )
    assert movie["is_movie"] is False
    host, token = publisher.client.host, publisher.client.access_token
    for path in ("movies/originals/preview-files/{}.mp4", "movies/low/preview-files/{}.mp4"):
        assert ask(host, path.format(movie["id"]), token).content_type == "video/mp4"
    for kind in ("originals", "previews", "thumbnails", "thumbnails-square"):
        assert ask(host, f"pictures/{kind}/preview-files/{movie['id']}.png", token).content_type == "image/png"
    assert ask(host, f"pictures/thumbnails/preview-files/{movie['id']}.png").status == 401


def test_the_entitys_picture_goes_with_its_preview(publisher: Publisher) -> None:
    preview = publisher.upload(publisher.empty(), "a.png", png())
    gazu.task.set_main_preview(preview, client=publisher.client)
    entity = publisher.task["entity_id"]
    assert gazu.entity.get_entity(entity, client=publisher.client)["preview_file_id"] == preview["id"]
    gazu.files.remove_preview_file(preview, client=publisher.client)
    assert gazu.entity.get_entity(entity, client=publisher.client)["preview_file_id"] is None


def test_a_wrong_validation_status_breaks_the_list_of_previews(publisher: Publisher) -> None:
    preview = publisher.empty()
    for status in ("validated", "rejected"):
        changed = gazu.files.update_preview(preview, {"validation_status": status}, client=publisher.client)
        assert changed["validation_status"] == status
    for _ in range(2):
        with pytest.raises(gazu.exception.ServerErrorException):
            gazu.files.update_preview(preview, {"validation_status": "approved"}, client=publisher.client)
    with pytest.raises(gazu.exception.ServerErrorException):
        gazu.client.fetch_all("preview-files", client=publisher.client)


def test_only_managers_and_admins_name_another_author(pristine: Connection, publisher: Publisher) -> None:
    person = gazu.person.get_person_by_full_name("Theo Marchand", client=publisher.client)
    for role, other in [("supervisor", False), ("manager", True)]:
        client = gazu.client.create_client(pristine.host, access_token=pristine.token(role))
        with contextlib.closing(client.session):
            comment = gazu.task.add_comment(publisher.task, publisher.status, "Sample", person, client=client)
        assert (comment["person_id"] == person["id"]) is other


def test_a_path_needs_a_file_tree(publisher: Publisher) -> None:
    with pytest.raises(gazu.exception.ParameterException, match="No tree"):
        gazu.files.build_working_file_path(publisher.task, client=publisher.client)
