"""Page links of Kitsu: whose Kitsu one is of, and what its page shows.

The paths are those of Kitsu's `src/router/routes.js` (read at commit 024a5a9); older Kitsu wrote them after `/#/`.
Mails of Zou 1.0.97 write `assets` for whatever is neither shot nor edit and `main` for whatever has no episode, so the
id of a task or an entity says more than the words before it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from kitsu_tools.tracker.errors import BadInput, listed, quoted
from kitsu_tools.tracker.model import Kind
from kitsu_tools.tracker.names import is_uuid, uuids_in

MOST_CHARACTERS = 2000
"""What is longer is no link, and no address."""

ALL_EPISODES = "all"
MAIN = "main"
"""What Kitsu writes in place of an episode's id, for all of a show and for its main pack."""

KIND_OF: Mapping[str, Kind] = {
    "shots": "shot",
    "assets": "asset",
    "asset-types": "asset",
    "edits": "edit",
    "sequences": "sequence",
    "episodes": "episode",
    "concepts": "concept",
}
"""What the pages list that are one of these words."""

_ID_AFTER = {
    **dict.fromkeys(("productions", "projects"), "production"),
    **dict.fromkeys(("shots", "assets", "edits", "sequences", "concepts", "entities"), "entity"),
    **dict.fromkeys(("people", "persons"), "person"),
    "episodes": "episode",
    "tasks": "task",
    "previews": "preview",
    "task-types": "task_type",
    "asset-types": "asset_type",
    "playlists": "playlist",
}
_IN_QUERY = {"project_id": "production", "episode_id": "episode", "task_type_id": "task_type"}
_VIEW_PARAMETERS = {"tab", "section"}  # the same things, looked at otherwise
_OF_ALL_KINDS = {"all-tasks"}
_DEFAULT_PORTS = {None, 80, 443}
_QUOTES = "\"'`‹›«»“”„‘’「」『』"
_AROUND = f"<>()[]*., ;:!?…、。，；：！？（）【】《》〈〉{_QUOTES}"
_MARKDOWN = re.compile(r"!?\[[^\n\]]*\]\(\s*(\S+?)\s*\)")
_ANGLED = re.compile(r"<([^<>|\s]+)(?:\|[^<>]*)?>")
_IN_MESSAGE = re.compile(rf"https?(?:://|%3a%2f%2f)[^\s<>|{_QUOTES}]+", re.IGNORECASE)
_ENCODED_SCHEME = re.compile(r"https?%3a%2f%2f", re.IGNORECASE)
_NAMED_TASK = re.compile(r"(.*-[0-9a-f]{12}(?:\|[^<>|]*)?[>)›]?):(?=\S)([^/?#\n]+)", re.IGNORECASE | re.DOTALL)
_PAGE = re.compile(r"(?:^|/)(?:#/)?(?:productions|people)/", re.IGNORECASE)
_PLAIN_HOST = re.compile(r"[\w.:/\[\]-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Link:
    """What a page shows, as ids; `episode` may be `all` or `main`, `other` is an id of none of these kinds.

    `section` is the word that names the page ("shots"); `filters` is what of its query narrows the page down; `unread`
    is what stands where an id should, such as one that was cut. `named_task` is a task type's name that somebody wrote
    behind it, as behind an address.
    """

    production: str = ""
    episode: str = ""
    entity: str = ""
    task: str = ""
    preview: str = ""
    task_type: str = ""
    asset_type: str = ""
    playlist: str = ""
    person: str = ""
    other: str = ""
    section: str = ""
    filters: Mapping[str, str] = field(default_factory=dict[str, str])
    named_task: str = ""
    unread: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind | None:
        """What a page of many things lists."""
        return None if self.entity or self.task else KIND_OF.get(self.section)

    @property
    def is_part(self) -> bool:
        """Whether its page shows less than a whole production, or something else of it."""
        return bool(self.section or self.filters or self.episode not in {"", ALL_EPISODES})

    @property
    def open_task(self) -> str:
        """The task that stands open beside what a page of many things lists."""
        given = self.filters.get("task_id", "")
        return given.lower() if is_uuid(given) else ""


class Pages:
    """Where this Kitsu's pages are: the address it is reached at, and others that `more` names.

    Addresses may end with `/api`. With no address every link is taken for this Kitsu's.
    """

    def __init__(self, address: str, more: Sequence[str] = ()) -> None:
        self._own = [_split(one) for one in (address, *more) if one]
        shown = next(filter(None, more), address)
        self._base = (shown if "://" in shown else f"https://{shown}").rstrip("/").removesuffix("/api")

    def of_preview(self, project_id: str, episode_id: str, section: str, task_id: str, preview_id: str) -> str:
        """The page of a preview, below the first of the addresses that people use. `episode_id`: empty but in shows,
        where what has none is in `main`; `section`: "shots".
        """
        episode = f"/episodes/{episode_id}" if episode_id else ""
        return f"{self._base}/productions/{project_id}{episode}/{section}/tasks/{task_id}/previews/{preview_id}"

    def page(self, project_id: str, kind: Kind, entity_id: str, episode: str = "") -> str:
        """The link of an entity's page, below the first address that `more` names. `episode`: where it is in a show, an
        id, `main` or `all`. Concepts have one page in all.
        """
        within = f"/episodes/{episode}" if episode and kind not in {"episode", "concept"} else ""
        what = "concepts" if kind == "concept" else f"{kind}s/{entity_id}"
        return f"{self._base}/productions/{project_id}{within}/{what}"

    def link(self, text: str) -> Link | None:
        """The link that a text is, or a message holds; None when there is none.

        Raises:
            BadInput: it is of another Kitsu, or there are several.
        """
        if len(text) > MOST_CHARACTERS:
            return None
        text = text.strip()
        if named := _NAMED_TASK.fullmatch(text):
            link = self.link(named[1])
            return link and replace(link, named_task=unquote(named[2].strip()))
        bare = _bare(text)
        if "://" in bare:
            scheme, _, rest = bare.partition("://")
            address = f"//{rest}" if scheme.lower() in {"http", "https"} else ""
        elif (page := _PAGE.search(bare)) is not None and uuids_in(bare):
            host = bare[: page.start()].strip("/#")
            address = f"//{bare}" if host else bare[page.start() :]
        elif any(f"{bare.casefold()}/".startswith(f"{own}/") for own in self._names()):
            address = f"//{bare}"
        else:
            return None
        if not uuids_in(address):
            return Link()
        try:
            parts = urlsplit(address)
            path = self._path_of_page(parts)
        except ValueError:  # brackets around what is no address of a machine, or a port that is no number
            return Link()
        where, hashed, query = parts.fragment.partition("?")
        if where.startswith("/"):
            return _shown(where, query if hashed else parts.query)
        return _shown(path, parts.query)

    def _path_of_page(self, parts: SplitResult) -> str:
        """The path below where this Kitsu's pages begin."""
        if not parts.netloc or not self._own:
            return parts.path
        host = _host(parts)
        path = unquote(parts.path)
        for own, prefix in self._own:
            if host == own and f"{path}/".startswith(f"{prefix}/"):
                return path[len(prefix) :]
        page = _PAGE.search(path)
        named = host + (path[: page.start()].rstrip("/") if page else "")
        shown = named if _PLAIN_HOST.fullmatch(named) else quoted(named)
        raise BadInput(
            f"This link is of {shown}; this server is connected to {listed(self._names())}. Nothing was looked up. "
            "Paste a link of that Kitsu. If both are one, whoever runs this server adds the other address to "
            "KITSU_PAGE_HOST."
        )

    def _names(self) -> list[str]:
        return [f"{host}{prefix}" for host, prefix in self._own]


def _bare(text: str) -> str:
    """A text without what stands around a link in a message.

    Raises:
        BadInput: there are several links, and none of them is more meant than the others.
    """
    text = _ANGLED.sub(r" \1 ", _MARKDOWN.sub(r" \1 ", text))
    links = list(dict.fromkeys(one.strip(_AROUND) for one in _IN_MESSAGE.findall(text)))
    if len(links) > 1:
        raise BadInput(f"{len(links)} links in one text: give one of them.")
    text = links[0] if links else text.strip(_AROUND)
    return unquote(text) if _ENCODED_SCHEME.match(text) else text


def _split(address: str) -> tuple[str, str]:
    """Host and path of where pages begin."""
    parts = urlsplit(address)
    return _host(parts), parts.path.rstrip("/").removesuffix("/api")


def _host(parts: SplitResult) -> str:
    """Host and port as they are compared: of `http` and `https` the usual port is none."""
    name = (parts.hostname or "").rstrip(".")
    with suppress(UnicodeError):
        name = name.encode("idna").decode()
    if ":" in name:
        name = f"[{name}]"
    return name if parts.port in _DEFAULT_PORTS else f"{name}:{parts.port}"


def _shown(path: str, query: str) -> Link:
    ids: dict[str, Any] = {}
    words: list[str] = []
    parts = list(_parts(path))
    unread = tuple(part for before, part in pairwise(parts) if before in _ID_AFTER and not _is_read(part))
    for part in parts:
        word = words[-1] if words else ""
        if is_uuid(part) or (word == "episodes" and part in {ALL_EPISODES, MAIN}):
            found = _ID_AFTER.get(word, "other")
            ids[found] = part
            if found in {"production", "episode"}:
                words.clear()  # the page's own name follows
        else:
            words.append(part)
    if not ids and (inside := uuids_in(path)):  # pictures: ID.png
        ids["other"] = inside[-1]
    filters = {key: value.strip() for key, value in parse_qsl(query) if key not in _VIEW_PARAMETERS and value.strip()}
    for key, name in _IN_QUERY.items():
        if is_uuid(filters.get(key, "")) and name not in ids:
            ids[name] = filters.pop(key).lower()
    section = words[0] if words and words[0] not in _OF_ALL_KINDS else ""
    return Link(**ids, section=section, filters=filters, unread=unread)


def _is_read(part: str) -> bool:
    """Whether what stands where an id may says something."""
    return is_uuid(part) or part in _ID_AFTER or part in {ALL_EPISODES, MAIN}


def _parts(path: str) -> Iterable[str]:
    return filter(None, (part.strip().lower() for part in unquote(path).split("/")))
