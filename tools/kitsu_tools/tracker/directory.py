"""Kitsu's reference data, names to ids and back: productions, task types, statuses, people, departments, automations.

None of it is in a board's ETag, so it is reread after five minutes, and at once after a name was not found.
"""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Set
from functools import partial
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

from kitsu_tools.tracker.addresses import encoded
from kitsu_tools.tracker.cached import ById, Cached
from kitsu_tools.tracker.errors import Ambiguous, BadInput, NotPermitted, Unavailable, Unknown, listed, quoted
from kitsu_tools.tracker.gather import gather
from kitsu_tools.tracker.model import Automation, Me, Person, Project, TaskType, decoded
from kitsu_tools.tracker.names import first_last, is_uuid, matching, nearest, pick
from kitsu_tools.tracker.records import people_of, project_of
from kitsu_tools.tracker.session import KitsuSession
from kitsu_tools.tracker.statuses import Role, Status, status_of
from kitsu_tools.tracker.visibility import NARROW
from kitsu_tools.tracker.zou_answer import Answer

REFERENCE_SECONDS = 300.0
UNSET_HOURS_BY_DAY = 8

T = TypeVar("T")

_NAME: Callable[[Any], str] = attrgetter("name")
_NAME_OF: Callable[[Any], str] = itemgetter("name")
_PROJECT_NAMES: tuple[Callable[[Project], str], ...] = (
    _NAME,
    attrgetter("code"),
    lambda project: encoded(project.name),
)


class Directory:
    """What one signed-in identity sees of Kitsu's reference data.

    `only`: the names, as Kitsu has them, or the ids of the productions that are there; None: all. Of any other nothing
    is there, whatever reads it: see `KitsuSession.absent`.
    """

    def __init__(
        self,
        session: KitsuSession,
        status_roles: Mapping[str, Role],
        default_project: str,
        only: Iterable[str] | None = None,
    ) -> None:
        self._session = session
        self._only = None if only is None else frozenset(one.lower() if is_uuid(one) else one for one in only)
        if self._only is not None:
            session.absent = self._absent
        self._default_project = default_project
        self.me = Cached(self._read_me, REFERENCE_SECONDS)
        self.open_projects = Cached(self._read_open_projects, REFERENCE_SECONDS)
        self.closed_projects = Cached(self._read_closed_projects, REFERENCE_SECONDS)
        self.task_types = self._cached("data/task-types", _by_id(partial(decoded, TaskType)))
        self.statuses = self._cached("data/task-status", _by_id(partial(status_of, roles=status_roles)))
        self.people = self._cached("data/persons", people_of, relations="true")
        self.departments = self._cached("data/departments", _by_id(_NAME_OF))
        self.asset_types = self._cached("data/asset-types", _by_id(_NAME_OF))
        # By this id Zou counts shots; empty where it has none.
        self.shot_type = self._cached(
            "data/entity-types", lambda found: str(found[0]["id"]) if found else "", name="Shot"
        )
        # None to vendors, who may not read them (seen on Zou 1.0.97).
        self.automations = self._cached_if_shown("data/status-automations", _by_id(partial(decoded, Automation)))
        # The whole studio's, which every role may read (seen on Zou 1.0.97); None where a Zou keeps it to itself.
        self.hours_by_day = self._cached_if_shown("data/organisations", _hours_by_day)
        # Which Zou answers, as it says itself.
        self.version = Cached(self._read_version, REFERENCE_SECONDS)
        self._project_roles: dict[str, Cached[str]] = {}
        self._roles_forgotten_at = float("-inf")
        self._closed: dict[str, Cached[Project]] = {}

    async def ready(self) -> None:
        """Hold what nearly every question needs, read side by side where it is not held yet."""
        needed: tuple[Cached[Any], ...] = (self.open_projects, self.task_types, self.statuses)
        await gather(*[held.get for held in needed if not held.is_held()])

    def forget(self, names: Iterable[str]) -> None:
        """Read these anew, by the names they have here ("people"), before they are told again; "roles": those on
        productions.
        """
        for name in names:
            if name == "roles":
                self._roles_forgotten_at = time.monotonic()
            for held in self._project_roles.values() if name == "roles" else (getattr(self, name),):
                held.forget()

    def roles_stand(self, seen_at: float) -> bool:
        """Whether the roles on productions that showed at this monotonic moment are still held for those there are."""
        return seen_at > max(self._roles_forgotten_at, time.monotonic() - REFERENCE_SECONDS)

    async def project(self, wanted: str) -> Project:
        """A production by name, code or id; open ones first. Empty means the default: the setting, or the only open
        one.

        Raises:
            Unknown, Ambiguous: no or several productions answer; the message lists them.
        """
        if not wanted:
            return await self._assumed_project()
        if is_uuid(wanted):
            found = await self.project_by_id(wanted.lower())
            if found is None:
                raise Unknown(f"No production has the id {wanted}. list_projects shows those you may see.")
            return found
        try:
            return pick("production", wanted, await self.open_projects.get(), *_PROJECT_NAMES)
        except Unknown:
            now = time.monotonic()
            every = [*await self.open_projects.get(now), *await self.closed_projects.get(now)]
        try:
            return await self._linked(pick("production", wanted, every, *_PROJECT_NAMES))
        except Unknown:
            candidates = nearest("production", wanted, [one.name for one in every])
            raise Unknown(f"No production {quoted(wanted)} that you may see. {candidates}") from None

    async def project_named(self, wanted: str) -> Project | None:
        """The open production with exactly this name or code, give or take case; None when there is none."""
        folded = wanted.casefold()
        projects = await self.open_projects.get()
        # A name goes before a code: addresses are made of names, and one production's code may be another's name.
        named = (one for answers_to in _PROJECT_NAMES[:2] for one in projects if answers_to(one).casefold() == folded)
        return next(named, None)

    async def project_by_id(self, project_id: str) -> Project | None:
        """The production with this id, None when the signed-in identity sees none."""
        for newer_than in (float("-inf"), time.monotonic()):
            for held in (self.open_projects, self.closed_projects):
                found = next((one for one in await held.get(newer_than) if one.id == project_id), None)
                if found is not None:
                    return await self._linked(found)
        return None

    async def written_to(self, project_id: str, name: str, newer_than: float) -> Project:
        """The production with this id as Kitsu has it after this monotonic moment, where it may be written to.

        Raises:
            BadInput: it is closed.
            NotPermitted: it is not there any more for this identity.
        """
        await self.open_projects.get(newer_than)
        project = await self.project_by_id(project_id)
        if project is None:
            raise NotPermitted(
                f"{name} is closed or deleted, or not yours to see any more. list_projects shows what is."
            )
        if not project.open:
            raise BadInput(f"{project.name} is closed: nothing is written to a closed production.")
        return project

    async def open_project(self, project_id: str) -> Project | None:
        """The production with this id among the open ones that are held: a miss asks nothing of Kitsu."""
        return next((one for one in await self.open_projects.get() if one.id == project_id), None)

    @property
    def is_limited(self) -> bool:
        """Whether there are productions in Kitsu that are not there for this server."""
        return self._only is not None

    def unmatched(self, projects: Iterable[Project]) -> list[str]:
        """The names and ids that this server is limited to and none of these productions has."""
        return sorted((self._only or frozenset()) - {name for one in projects for name in (one.id, one.name.strip())})

    async def default_project(self) -> Project | None:
        """The production an address may leave out: the setting's, else the only open one.

        Raises:
            Unknown: the setting does not name one that this identity sees. Addresses with a production need none.
        """
        if self._default_project:
            try:
                return await self.project(self._default_project)
            except Ambiguous as several:
                raise Unknown(f"KITSU_PROJECT: {several}") from None
            except Unknown:
                names = [one.name for one in await self.open_projects.get()]
                candidates = nearest("production", self._default_project, names)
                raise Unknown(
                    f"KITSU_PROJECT names no production that you may see: {quoted(self._default_project)}. "
                    f"{candidates} Name the production, or correct the setting."
                ) from None
        projects = await self.open_projects.get()
        return projects[0] if len(projects) == 1 else None

    async def _assumed_project(self) -> Project:
        project = await self.default_project()
        if project is None:
            names = [one.name for one in await self.open_projects.get()]
            raise BadInput(
                f"Name a production: {listed(names)}." if names else "You are on the team of no open production."
            )
        return project

    async def role_on(self, project: Project, newer_than: float = float("-inf")) -> str:
        """The signed-in identity's role on a production: its team's word goes before the identity's own.

        An admin stays one everywhere (`check_belong_to_project` of Zou 1.0.97).
        """
        if (await self.me.get(newer_than)).role == "admin":
            return "admin"
        read = partial(self._read_role_on, project.id)
        return await self._project_roles.setdefault(project.id, Cached(read, REFERENCE_SECONDS)).get(newer_than)

    async def status(self, wanted: str) -> Status:
        """A task status by short name, name or id.

        Archived ones are found too: the caller says why they will not do.
        """
        return await self._named("status", wanted, self.statuses.get, attrgetter("short_name"), _NAME)

    async def task_type(self, wanted: str) -> list[TaskType]:
        """The task types that answer to a name: one for each kind of entity that has it.

        Raises:
            Unknown, Ambiguous: the message lists the candidates.
        """

        async def look(newer_than: float) -> list[TaskType]:
            types = (await self.task_types.get(newer_than)).values()
            if is_uuid(wanted):
                return [pick("task type", wanted.lower(), types, attrgetter("id"), label=_NAME)]
            names = list(dict.fromkeys(one.name for one in types))
            name = pick("task type", wanted, names, str, encoded)  # also as addresses of tasks write it
            return [one for one in types if one.name == name]

        return await _again_if_unknown(look)

    async def person(self, wanted: str) -> Person:
        """A person by full name or id, or as `Last, First`; among those of one name, the one whose label is given."""
        people = (await self.people_seen()).values()
        turned = first_last(wanted)
        if turned != wanted and not matching(wanted, people, _NAME) and matching(turned, people, _NAME):
            wanted = turned
        return await self._named("person", wanted, self.people_seen, attrgetter("label"), _NAME)

    async def people_seen(self, newer_than: float = float("-inf")) -> ById[Person]:
        """Everybody whom the identity may name: `people` without those whom only Zou's routes tell it of."""
        people, me = await self.people.get(newer_than), await self.me.get()
        if me.role not in NARROW:
            return people
        seen = {me.id, *(one for project in await self.open_projects.get() for one in project.team)}
        return ById((key, one) for key, one in people.items() if key in seen)

    async def _named(
        self, what: str, wanted: str, held: Callable[[float], Awaitable[ById[T]]], *names: Callable[[T], str]
    ) -> T:
        async def look(newer_than: float) -> T:
            things = await held(newer_than)
            if is_uuid(wanted):
                if wanted.lower() not in things:
                    there = [names[0](thing) for thing in things.values()]
                    raise Unknown(f"No {what} has the id {wanted}. {nearest(what, wanted, there)}")
                return things[wanted.lower()]
            return pick(what, wanted, things.values(), *names)

        return await _again_if_unknown(look)

    async def _read_me(self) -> Me:
        answer = Answer(200, await self._session.read("auth/authenticated"))
        user: dict[str, Any] | None = answer.fields.get("user")
        if user is None:
            raise Unavailable("What answers is not Kitsu's API: it names no signed-in user. Check KITSU_HOST.")
        return decoded(Me, {**user, "timezone": ""} if user.get("is_bot") else user)

    async def _read_version(self) -> str:
        return str(Answer(200, await self._session.read("")).fields.get("version") or "")

    async def _read_role_on(self, project_id: str) -> str:
        me, team = await self.me.get(), await self._session.read(f"data/projects/{project_id}/team")
        return next((one.get("project_role") for one in team if one["id"] == me.id), None) or me.role

    async def _read_open_projects(self) -> list[Project]:
        return sorted(map(project_of, await self._read_projects("data/projects/open")), key=_NAME)

    async def _read_closed_projects(self) -> list[Project]:
        self._closed.clear()
        seen = {project.id for project in await self.open_projects.get()}
        every = await self._read_projects("data/projects")
        return sorted((project_of(one, is_open=False) for one in every if one["id"] not in seen), key=_NAME)

    async def _linked(self, project: Project) -> Project:
        """A production with its team, types and columns, which the list of closed ones leaves out."""

        async def read() -> Project:
            return project_of(await self._session.read(f"data/projects/{project.id}"), is_open=False)

        if project.linked:
            return project
        return await self._closed.setdefault(project.id, Cached(read, REFERENCE_SECONDS)).get()

    async def _read_projects(self, path: str) -> list[dict[str, Any]]:
        """Without those that this server is not for. A name that looks like an id counts for nothing."""
        every: list[dict[str, Any]] = await self._session.read(path)
        only = self._only
        if only is None:
            return every
        return [one for one in every if one["id"] in only or (one["name"].strip() in only and not is_uuid(one["name"]))]

    async def _absent(self, project_ids: Set[str]) -> Set[str]:
        """Those of these productions that are not there. One that is new is looked for in what Kitsu says now."""
        absent = project_ids
        for newer_than in (float("-inf"), time.monotonic()):
            for held in (self.open_projects, self.closed_projects):
                absent = absent - {one.id for one in await held.get(newer_than)}
                if not absent:
                    return absent
        return absent

    def _cached(self, path: str, made: Callable[[list[Any]], T], **query: str) -> Cached[T]:
        """What is made of the records at `path`."""

        async def read() -> T:
            return made(await self._session.read(path, query))

        return Cached(read, REFERENCE_SECONDS)

    def _cached_if_shown(self, path: str, made: Callable[[list[Any]], T]) -> Cached[T | None]:
        """As `_cached`; None where the role may not read them."""

        async def read() -> T | None:
            try:
                return made(await self._session.read(path))
            except NotPermitted:
                return None

        return Cached(read, REFERENCE_SECONDS)


async def _again_if_unknown(look: Callable[[float], Awaitable[T]]) -> T:
    """Look in what is held; if the name is not there, once more in what Kitsu says now."""
    try:
        return await look(float("-inf"))
    except Unknown:
        return await look(time.monotonic())


def _by_id(made: Callable[[Any], T]) -> Callable[[Iterable[Any]], ById[T]]:
    return lambda records: ById((one["id"], made(one)) for one in records)


def _hours_by_day(studios: Iterable[Any]) -> float:
    """Hours of a working day, by which Kitsu's page turns minutes into days; 8 where none is set, as there
    (lib/time.js of cgwire/kitsu at 0a0babc).
    """
    hours = float(next((one.get("hours_by_day") for one in studios), None) or UNSET_HOURS_BY_DAY)
    return int(hours) if hours.is_integer() else hours
