"""Files that are attached to a comment or a reply: they go with it in one form, and are looked for in it afterwards.

Zou 1.0.97 keeps every one, also several of one name. Where it cannot it answers 500, and the comment stands.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

import orjson
from anyio import to_thread
from pydantic import Field as Argument

from kitsu_tools.gate.kind import Evidence
from kitsu_tools.tracker.errors import listed
from kitsu_tools.tracker.kitsu import Kitsu
from kitsu_tools.tracker.upload import Upload
from kitsu_tools.write.comments.planning import CommentChange
from kitsu_tools.write.files import MOST_FILES, File, agreed, files_field, opened

Attached = Annotated[
    Sequence[str], Argument(max_length=MOST_FILES, description="whole paths in KITSU_FOLDERS, as the person named them")
]


async def attaching(kitsu: Kitsu, change: CommentChange, texts: Sequence[str]) -> CommentChange:
    """The change, of one comment or reply, with the files that these texts name.

    Raises:
        NotConfigured, BadInput: they cannot go.
    """
    if not texts:
        return change
    files = await to_thread.run_sync(partial(agreed, texts, kitsu.studio.folders, attached=True))
    items = tuple(replace(item, fields=(*item.fields, files_field(files))) for item in change.items)
    return replace(change, files=files, items=items, above=tuple(f"▸ {file.says}" for file in files))


@asynccontextmanager
async def with_files(files: Sequence[File], body: Mapping[str, Any]) -> AsyncGenerator[Mapping[str, Any] | Upload]:
    """What a request says: JSON, or where files go with it a form, in which all but texts is JSON.

    Raises:
        BadInput: a file is not what was agreed to any more.
    """
    async with opened(files) as contents:
        fields = {name: one if isinstance(one, str) else orjson.dumps(one).decode() for name, one in body.items()}
        yield Upload(tuple(contents), 0, sum(one.size for one in files), fields) if files else body


def or_without(found: Evidence, files: Sequence[File], there: Iterable[tuple[str, int]], what: str) -> Evidence:
    """What was found of a comment or reply, `what`, which has attachments of these names and sizes: a part, where one
    of the files is not among them.
    """
    missing = Counter((one.name, one.size) for one in files) - Counter(there)
    if not missing:
        return found
    names = listed((name for name, _ in missing.elements()), MOST_FILES)
    detail = " ".join(filter(None, (f"the {what} was posted, without {names}.", found.detail)))
    return Evidence("part", found.now, detail, found.reference)
