"""Zou's records as ours, where more than one field decides: productions, people."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from kitsu_tools.tracker.cached import ById
from kitsu_tools.tracker.model import EntityRecord, Person, Project, decoded


def project_of(record: Mapping[str, Any], *, is_open: bool = True) -> Project:
    """A production. A closed one `data/projects` lists without its team, types and columns, unlike its own record."""
    links: dict[str, dict[str, Any]] = record.get("task_statuses_link") or {}
    for_clients = {one: link.get("is_client_allowed") for one, link in links.items()}
    client_statuses = {one: bool(may) for one, may in for_clients.items() if may is not None}
    return decoded(
        Project, {**record, "client_statuses": client_statuses, "open": is_open, "linked": is_open or "team" in record}
    )


def people_of(records: Iterable[Mapping[str, Any]]) -> ById[Person]:
    """Everybody by id; who share a name are labelled apart, and who has none is called by the id."""

    def called(one: Mapping[str, Any]) -> str:
        name = str(one.get("full_name") or f"{one.get('first_name', '')} {one.get('last_name', '')}").strip()
        return name or str(one["id"])

    named = [(called(one), one) for one in records]
    times = Counter(name for name, _ in named)
    labelled = [(name if times[name] == 1 else f"{name}~{one['id'][:8]}", name, one) for name, one in named]
    return ById((one["id"], decoded(Person, {**one, "name": name, "label": label})) for label, name, one in labelled)


def entity_record_of(record: Mapping[str, Any]) -> EntityRecord:
    """One entity, out of `data/entities` or the shared assets of a production."""
    return decoded(EntityRecord, record)
