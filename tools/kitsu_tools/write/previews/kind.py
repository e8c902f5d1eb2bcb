"""How files are published and found again: a comment, in it a preview for each file, and what Zou makes of that."""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import anyio

from kitsu_tools.gate.change import Item, Request
from kitsu_tools.gate.kind import Evidence, Looked
from kitsu_tools.tracker.errors import BadInput, KitsuError, LostAnswer, listed
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.upload import Upload
from kitsu_tools.write.comments.kind import Comments, comment_of, comment_there, posted
from kitsu_tools.write.comments.planning import CommentChange
from kitsu_tools.write.files import File, opened

PROCESSED_SECONDS = 30.0
"""How long Zou's work on the files is waited for: a picture takes seconds, and no host waits for a long movie."""
LOOK_SECONDS = 1.0
STAYS = "The comment and its files stay, as people were told of them; a manager can delete the revision in Kitsu"


@dataclass(frozen=True, slots=True)
class Revision:
    """The files of one new revision, in order. `key` is that of its item."""

    key: str
    files: tuple[File, ...]


@dataclass(frozen=True, slots=True)
class PreviewChange(CommentChange):
    """A comment on each task with files, as one new revision. `main`: the first becomes the entity's picture."""

    revisions: tuple[Revision, ...] = ()
    main: bool = False

    def files_of(self, item: Item) -> tuple[File, ...]:
        """What is published on its task."""
        return next(one.files for one in self.revisions if one.key == item.key)


class Previews(Comments):
    """The kind of change that publishes files: what of it is a comment follows the rules of comments."""

    change = PreviewChange

    def batch(self, change: CommentChange) -> int:
        """Each revision by itself."""
        del change
        return 1

    async def steps(  # pyright: ignore[reportIncompatibleMethodOverride]  of its own changes
        self, change: PreviewChange, items: Sequence[Item], text: str
    ) -> AsyncGenerator[Request, Any]:
        """The comment; for each file a preview in it and the upload; the main preview; then looks until Zou is done.

        An upload that Kitsu certainly did not take has its preview removed, which would be `processing` for ever; where
        that is unknown it stays, as the file may still come. The comment stays: people were told of it.

        Raises:
            BadInput: a file is not what was agreed to any more; nothing is sent then.
        """
        (item,) = items
        keys, task, files = (item.key,), f"actions/tasks/{item.target}", change.files_of(item)

        def further(method: str, path: str, body: object, expect: int) -> Request:
            return Request(method, path, body, expect, keys, alone=False)

        async with opened(files) as contents:
            answer = yield Request("POST", f"{task}/comment", comment_of(change, item, text), 201, keys)
            comment = f"{task}/comments/{_id(answer)}"
            previews: list[str] = []
            before, total = 0, sum(file.size for file in files)
            for content in contents:
                beside = f"preview-files/{previews[0]}" if previews else "add-preview"
                preview = _id((yield further("POST", f"{comment}/{beside}", {}, 201)))
                upload = Upload((content,), before, total)
                try:
                    yield further("POST", f"pictures/preview-files/{preview}", upload, 201)
                except LostAnswer:
                    if (yield further("GET", f"data/preview-files/{preview}", None, 200)).get("original_name") is None:
                        raise
                except KitsuError:
                    with suppress(KitsuError):  # Zou removes some of them itself
                        yield further("DELETE", f"{comment}/preview-files/{preview}", None, 204)
                    raise
                previews.append(preview)
                before += content.size
        if change.main:
            yield further("PUT", f"actions/preview-files/{previews[0]}/set-main-preview", {}, 200)
        until = anyio.current_time() + PROCESSED_SECONDS
        for preview in previews:
            while (yield further("GET", f"data/preview-files/{preview}", None, 200)).get("status") == "processing":
                if anyio.current_time() > until:
                    return
                await anyio.sleep(LOOK_SECONDS)

    async def evidence(  # pyright: ignore[reportIncompatibleMethodOverride]  of its own changes
        self, kitsu: Kitsu, change: PreviewChange, items: Sequence[Item], now: Looked
    ) -> Mapping[str, Evidence]:
        """The comment by its code, its previews by the comment, and of each the file that reached it."""
        found = await gather(*[partial(_published, kitsu, change, item, now) for item in items])
        return {item.key: one for item, one in zip(items, found, strict=True)}

    async def undo(  # pyright: ignore[reportIncompatibleMethodOverride]  of its own changes
        self, kitsu: Kitsu, change: PreviewChange, items: Sequence[Item]
    ) -> CommentChange:
        """The status that the task had, set by another comment. What was published stays.

        Raises:
            BadInput: the status did not change with it, or somebody changed it since.
        """
        try:
            undone = await super().undo(kitsu, change, items)
        except BadInput as error:
            raise BadInput(f"{error} {STAYS}.") from error
        return replace(undone, warnings=(*undone.warnings, STAYS))

    def stays(self, change: CommentChange) -> str:
        """Why nothing of a change comes back that set no status."""
        return f"With [{change.code}] the status had not changed."


async def _published(kitsu: Kitsu, change: PreviewChange, item: Item, now: Looked) -> Evidence:
    comment, _ = await posted(kitsu, item.target, change.code)
    said = comment_there(change, item, now, comment)
    if comment is None:
        return said
    previews = sorted(comment.get("previews") or (), key=lambda one: one.get("position") or 0)
    whole, files = _files_there(change.files_of(item), previews)
    if whole and change.main and not await _is_main(kitsu, item.target, previews[0]["id"]):
        whole, files = False, f"{files}; it is not the main preview"
    detail = ". ".join(filter(None, (files, said.detail.removesuffix("."))))
    return replace(said, found=said.found if whole else "part", detail=f"{detail}.")


def _id(answer: object) -> str:
    """The id of what was made; an answer without one says nothing."""
    made = answer.get("id") if isinstance(answer, Mapping) else None  # pyright: ignore[reportUnknownVariableType,reportUnknownMemberType]
    if not isinstance(made, str):
        raise LostAnswer("Kitsu's answer does not say what it made.")
    return made


def _files_there(files: Sequence[File], previews: Sequence[Mapping[str, Any]]) -> tuple[bool, str]:
    """Whether Kitsu has all of the files and could use them, and what of them stands there."""
    left = list(previews)
    states: list[str] = []
    missing: list[str] = []
    for file in files:
        found = next((one for one in left if one.get("original_name") == file.stem), None)
        if found is None:
            missing.append(file.shown)
            continue
        left.remove(found)
        states.append(f"{file.shown} {_STATES.get(found['status'], found['status'])}")
    if not states:
        told = f"the comment stands, without {listed(missing)}"
    else:
        told = f"revision {previews[0]['revision']}: {listed(states, len(states))}"
        told += f"; without {listed(missing)}" if missing else ""
    empty = Counter(one.get("status") for one in left if one.get("original_name") is None)["processing"]
    if empty:
        told += (
            f"; {empty} empty preview{'s' * (empty > 1)} left in the comment, to be deleted in Kitsu if no file comes"
        )
    return not missing and not any(one.endswith(_STATES["broken"]) for one in states), told


_STATES = {"processing": "is still being processed", "broken": "is broken: Kitsu could make nothing of it"}


async def _is_main(kitsu: Kitsu, task_id: str, preview_id: str) -> bool:
    task = await kitsu.session.read(f"data/tasks/{task_id}")
    return (await kitsu.session.read(f"data/entities/{task['entity_id']}")).get("preview_file_id") == preview_id


PREVIEWS = Previews()
