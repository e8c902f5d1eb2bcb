"""Zou's records as ours: productions, task types, people, status automations, single entities."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from kitsu_tools.tracker.cached import ById
from kitsu_tools.tracker.model import Automation, Column, EntityRecord, Person, Project, TaskType


def project_of(record: Mapping[str, Any]) -> Project:
    """An open production, with its links."""
    ranks: dict[str, int | None] = record.get("task_types_priority") or {}
    priorities = {one: rank or 0 for one, rank in ranks.items()}
    links: dict[str, dict[str, Any]] = record.get("task_statuses_link") or {}
    for_clients = {one: link.get("is_client_allowed") for one, link in links.items()}
    return Project(
        id=record["id"],
        name=record["name"],
        code=record.get("code") or "",
        production_type=record.get("production_type") or "",
        fps=str(record.get("fps") or ""),
        resolution=record.get("resolution") or "",
        start_date=(record.get("start_date") or "")[:10],
        end_date=(record.get("end_date") or "")[:10],
        description=record.get("description") or "",
        open=True,
        linked=True,
        team=tuple(record.get("team") or ()),
        task_types=frozenset(record.get("task_types") or ()),
        priorities=priorities,
        task_statuses=frozenset(record.get("task_statuses") or ()),
        client_statuses={one: bool(may) for one, may in for_clients.items() if may is not None},
        automations=frozenset(record.get("status_automations") or ()),
        columns=tuple(map(_column, record.get("descriptors") or ())),
        max_retakes=int(record.get("max_retakes") or 0),
        bots_collaborate=bool(record.get("is_bot_collaboration_enabled")),
        single_preview=bool(record.get("is_single_preview_per_revision")),
        shows_latest=bool(record.get("is_set_preview_automated")),
    )


def closed_project_of(record: Mapping[str, Any]) -> Project:
    """A closed production: `data/projects` lists it without its team, types and columns."""
    return replace(project_of(record), open=False, linked=False)


def _column(record: Mapping[str, Any]) -> Column:
    return Column(
        record["name"],
        record["field_name"],
        record.get("entity_type") or "Asset",
        record.get("data_type") or "string",
        tuple(map(str, record.get("choices") or ())),
    )


def task_type_of(record: Mapping[str, Any]) -> TaskType:
    """A task type."""
    return TaskType(
        record["id"],
        record["name"],
        record.get("for_entity") or "Asset",
        int(record.get("priority") or 0),
        record.get("department_id") or "",
        bool(record.get("archived")),
    )


def people_of(records: Iterable[Mapping[str, Any]]) -> ById[Person]:
    """Everybody by id; who share a name are labelled apart."""
    everyone = list(records)
    names = [
        str(one.get("full_name") or f"{one.get('first_name', '')} {one.get('last_name', '')}").strip()
        for one in everyone
    ]
    twins = {name for name, count in Counter(names).items() if count > 1}
    return ById((one["id"], _person(one, name, name in twins)) for one, name in zip(everyone, names, strict=True))


def _person(record: Mapping[str, Any], name: str, is_twin: bool) -> Person:
    return Person(
        record["id"],
        name,
        f"{name}~{record['id'][:8]}" if is_twin else name,
        record.get("role") or "",
        bool(record.get("active", True)),
        bool(record.get("is_bot")),
        tuple(record.get("departments") or ()),
    )


def automation_of(record: Mapping[str, Any]) -> Automation:
    """A status automation."""
    return Automation(
        record["id"],
        (record.get("entity_type") or "").lower(),
        record.get("in_task_type_id") or "",
        record.get("in_task_status_id") or "",
        record.get("out_field_type") or "",
        record.get("out_task_type_id") or "",
        record.get("out_task_status_id") or "",
        bool(record.get("import_last_revision")),
        bool(record.get("archived")),
    )


def entity_record_of(record: Mapping[str, Any]) -> EntityRecord:
    """One entity, out of `data/entities` or the shared assets of a production."""
    return EntityRecord(record["id"], record["name"], record["project_id"], record["entity_type_id"])
