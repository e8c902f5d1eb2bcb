"""What each role is tried with: one request an action, on the sample production Robo Garden.

In a path or body `{task}` stands for up to three tasks one after the other: one that the caller is assigned to, one of
the caller's departments where they have any, and any other; `{other}` stands for those without the first. `{said}` is
an admin's comment on that task, `{made}` what an admin made for this one try. `references.access.callers` has the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from support.api import Answer

Judge = Callable[[Answer, Any], str]
"""A word for an answer. Beside it: for a GET what an admin is answered, otherwise what was sent."""


def done(answer: Answer, _: object) -> str:
    """Whether it was allowed; any other refusal than 403 shows as its status."""
    if answer.status == 403:
        return "no"
    return "yes" if answer.status < 300 else str(answer.status)


def rows(answer: Answer, admins: object) -> str:
    """Whether all rows came that an admin gets."""
    if answer.status >= 300:
        return done(answer, admins)
    seen, everything = len(_rows(answer.body)), len(_rows(admins))
    return "yes" if seen == everything else "part" if seen else "none"


def acted(answer: Answer, sent: object) -> str:
    """For the batch routes, which leave out what is refused and answer with what was done."""
    if answer.status >= 300:
        return done(answer, sent)
    return "yes" if answer.body else "ignored"


def holds(field: str) -> Judge:
    """Whether the record, or the first of the list, has this field."""

    def judge(answer: Answer, admins: object) -> str:
        if answer.status >= 300:
            return done(answer, admins)
        body = cast("dict[str, Any] | list[dict[str, Any]]", answer.body)
        return "yes" if field in (body[0] if isinstance(body, list) else body) else "without"

    return judge


def kept(field: str) -> Judge:
    """Whether what was sent in this field came back in the answer."""

    def judge(answer: Answer, sent: Any) -> str:
        if answer.status >= 300:
            return done(answer, sent)
        return "yes" if answer.body[field] == sent[field] else "ignored"

    return judge


def _rows(body: Any) -> list[Any]:
    if isinstance(body, bytes):
        return list(body.splitlines())
    if isinstance(body, list):
        return cast("list[Any]", body)
    inner = cast("dict[str, Any]", body).values()
    return [row for one in inner if isinstance(one, (dict, list)) for row in cast("list[Any]", one)]


@dataclass(frozen=True)
class Action:
    """One line of the table. `before` is what an admin sends first, for something to work on; `after` takes back."""

    area: str
    text: str
    ask: str
    body: Any = None
    judge: Judge = done
    before: tuple[str, Any] | None = None
    after: tuple[str, Any] | None = None

    @property
    def asks_people(self) -> bool:
        """Whether it is also tried with people: where it may matter who they are, not only what role they have."""
        return self.text in _ASK_PEOPLE


_ASK_PEOPLE = {
    "list its open productions",
    "read a production off its team",
    "shots with their tasks",
    "one task",
    "tasks of another person",
    "comments of a task",
    "people's e-mail",
    "time spent on a task",
    "time spent by another person",
    "month table of everyone's time",
    "its own context and lists (`data/user/*`)",
    "comment, set an ordinary status",
    "comment on many tasks",
    "`for_client` on a comment",
    "reply to a comment",
    "set a due date",
    "set priorities",
    "assign another person",
    "assign itself",
    "take another off a task",
    "log its own time",
    "fill a metadata column of Animation",
    "fill a metadata column of Compositing",
    "publish a preview",
    "draw on a preview",
    "add to another's playlist",
}


READ, SAY, PLAN, MAKE, REVIEW, STUDIO = (
    "Reading",
    "Comments and statuses",
    "Tasks",
    "Entities and casting",
    "Playlists and previews",
    "Productions, people, studio",
)
_COMMENT = ("POST actions/tasks/{mine}/comment", {"task_status_id": "{wip}", "comment": "Made for {caller}"})
_FREE = ("PUT actions/tasks/clear-assignation", {"task_ids": ["{other}"]})

ACTIONS: tuple[Action, ...] = (
    Action(READ, "list its open productions", "GET data/projects/open", judge=rows),
    Action(READ, "list all productions", "GET data/projects", judge=rows),
    Action(READ, "read a production off its team", "GET data/projects/{secret}"),
    Action(READ, "shots with their tasks", "GET data/shots/with-tasks?project_id={project}", judge=rows),
    Action(READ, "shots of all productions", "GET data/shots", judge=rows),
    Action(READ, "assets of a production", "GET data/projects/{project}/assets", judge=rows),
    Action(READ, "one task", "GET data/tasks/{task}"),
    Action(READ, "tasks of a production", "GET data/projects/{project}/tasks", judge=rows),
    Action(READ, "tasks of open productions", "GET data/tasks/open-tasks?project_id={project}", judge=rows),
    Action(READ, "tasks of another person", "GET data/persons/{person}/tasks", judge=rows),
    Action(READ, "comments of a task", "GET data/tasks/{task}/comments", judge=rows),
    Action(READ, "a client's comment", "GET data/comments/{clients_comment}"),
    Action(READ, "comments of a production", "GET data/projects/{project}/comments?page=1", judge=rows),
    Action(READ, "concepts", "GET data/projects/{project}/concepts", judge=rows),
    Action(READ, "casting of a shot", "GET data/projects/{project}/entities/{shot}/casting", judge=rows),
    Action(READ, "news of a production", "GET data/projects/{project}/news", judge=rows),
    Action(READ, "history of events", "GET data/events/last?project_id={project}", judge=rows),
    Action(READ, "sign-ins of people", "GET data/events/login-logs/last"),
    Action(READ, "list people", "GET data/persons", judge=rows),
    Action(READ, "people's e-mail", "GET data/persons", judge=holds("email")),
    Action(READ, "one person's phone", "GET data/persons/{person}", judge=holds("phone")),
    Action(READ, "one person's daily salary", "GET data/persons/{person}", judge=holds("daily_salary")),
    Action(READ, "team of a production", "GET data/projects/{project}/team", judge=rows),
    Action(READ, "time spent on a task", "GET actions/tasks/{task}/time-spents", judge=rows),
    Action(READ, "time spent by another person", "GET data/persons/{person}/time-spents/{day}", judge=rows),
    Action(READ, "time spent in a production, by person", "GET data/projects/{project}/time-spents", judge=rows),
    Action(READ, "month table of everyone's time", "GET data/persons/time-spents/month-table/{year}", judge=rows),
    Action(READ, "days off of another person", "GET data/persons/{person}/day-offs", judge=rows),
    Action(READ, "budgets", "GET data/projects/{project}/budgets", judge=rows),
    Action(READ, "schedule", "GET data/projects/{project}/schedule-items", judge=rows),
    Action(READ, "milestones", "GET data/projects/{project}/milestones", judge=rows),
    Action(READ, "who is busy when", "GET data/persons/task-dates", judge=rows),
    Action(READ, "metadata columns", "GET data/projects/{project}/metadata-descriptors", judge=rows),
    Action(READ, "automations of a production", "GET data/projects/{project}/settings/status-automations", judge=rows),
    Action(READ, "shots as CSV", "GET export/csv/projects/{project}/shots.csv", judge=rows),
    Action(READ, "its own context and lists (`data/user/*`)", "GET data/user/context"),
    Action(SAY, "comment, set an ordinary status", "POST actions/tasks/{task}/comment", {"task_status_id": "{wfa}"}),
    Action(
        SAY, "set a status without `is_artist_allowed`", "POST actions/tasks/{mine}/comment",
        {"task_status_id": "{not_for_artists}"},
    ),
    Action(
        SAY, "set a status without `is_client_allowed`", "POST actions/tasks/{mine}/comment",
        {"task_status_id": "{not_for_clients}"},
    ),
    Action(
        SAY, "comment on many tasks", "POST actions/projects/{project}/tasks/comment-many",
        [{"object_id": "{task}", "task_status_id": "{wip}", "comment": "Made for {caller}"}], acted,
    ),
    Action(
        SAY, "`for_client` on a comment", "POST actions/tasks/{mine}/comment",
        {"task_status_id": "{wip}", "for_client": True}, kept("for_client"),
    ),
    Action(
        SAY, "comment in another's name", "POST actions/tasks/{mine}/comment",
        {"task_status_id": "{wip}", "person_id": "{person}"}, kept("person_id"),
    ),
    Action(
        SAY, "date a comment back", "POST actions/tasks/{mine}/comment",
        {"task_status_id": "{wip}", "created_at": "2026-01-05T10:00:00"}, kept("created_at"),
    ),
    Action(SAY, "reply to a comment", "POST data/tasks/{task}/comments/{said}/reply", {"text": "Yes"}),
    Action(SAY, "acknowledge a comment", "POST data/tasks/{task}/comments/{said}/ack"),
    Action(SAY, "pin another's comment", "PUT data/comments/{made}", {"pinned": True}, before=_COMMENT),
    Action(SAY, "change another's comment", "PUT data/comments/{said}", {"text": "By {caller}"}),
    Action(SAY, "delete another's comment", "DELETE data/tasks/{mine}/comments/{made}", before=_COMMENT),
    Action(PLAN, "set a due date", "PUT data/tasks/{task}", {"due_date": "2027-01-05"}),
    Action(PLAN, "set priorities", "PUT actions/tasks/set-priority", {"task_ids": ["{task}"], "priority": 1}, acted),
    Action(PLAN, "write the status past comments", "PUT data/tasks/{task}", {"task_status_id": "{wip}"}),
    Action(PLAN, "assign another person", "PUT actions/tasks/{other}/assign", {"person_id": "{person}"}, after=_FREE),
    Action(PLAN, "assign itself", "PUT actions/tasks/{other}/assign", {"person_id": "{me}"}, after=_FREE),
    Action(
        PLAN, "take another off a task", "PUT actions/tasks/clear-assignation",
        {"task_ids": ["{task}"], "person_id": "{person}"}, acted,
    ),
    Action(PLAN, "log its own time", "POST actions/tasks/{task}/time-spents/{day}/persons/{me}", {"duration": 60}),
    Action(
        PLAN, "log another's time on a task of theirs",
        "POST actions/tasks/{persons_task}/time-spents/{day}/persons/{person}", {"duration": 60},
    ),
    Action(
        PLAN, "create tasks", "POST actions/projects/{project}/task-types/{fx}/create-tasks/shot", ["{made}"],
        before=("POST data/projects/{project}/shots", {"name": "T {caller}", "sequence_id": "{sequence}"}),
    ),
    Action(
        PLAN, "delete a task", "DELETE data/tasks/{made}",
        before=("POST data/tasks", {"name": "D {caller}", "entity_id": "{shot}", "task_type_id": "{fx}",
                                    "project_id": "{project}", "task_status_id": "{wip}"}),
    ),
    Action(MAKE, "create a shot", "POST data/projects/{project}/shots",
           {"name": "New {caller}", "sequence_id": "{sequence}"}),
    Action(MAKE, "create an asset", "POST data/projects/{project}/asset-types/{prop}/assets/new",
           {"name": "New {caller}"}),
    Action(MAKE, "create a concept", "POST data/projects/{project}/concepts", {"name": "New {caller}"}),
    Action(MAKE, "rename a shot", "PUT data/entities/{shot}", {"name": "Renamed {caller}"}),
    Action(MAKE, "fill a metadata column of Animation", "PUT data/entities/{shot}", {"data": {"anim_note": "x"}}),
    Action(MAKE, "fill a metadata column of Compositing", "PUT data/entities/{shot}", {"data": {"comp_note": "x"}}),
    Action(
        MAKE, "add a metadata column", "POST data/projects/{project}/metadata-descriptors",
        {"name": "Column {caller}", "entity_type": "Shot", "data_type": "string", "departments": []},
    ),
    Action(
        MAKE, "delete an asset", "DELETE data/assets/{made}",
        before=("POST data/projects/{project}/asset-types/{prop}/assets/new", {"name": "Gone {caller}"}),
    ),
    Action(
        MAKE, "write a casting", "PUT data/projects/{project}/entities/{shot}/casting",
        [{"asset_id": "{asset}", "nb_occurences": 1}],
    ),
    Action(REVIEW, "list playlists", "GET data/projects/{harbour}/playlists", judge=rows),
    Action(REVIEW, "read a playlist that is not for clients",
           "GET data/projects/{harbour}/playlists/{internal}"),
    Action(REVIEW, "read a playlist for clients", "GET data/projects/{harbour}/playlists/{for_clients}"),
    Action(REVIEW, "create a playlist", "POST data/playlists", {"name": "By {caller}", "project_id": "{project}"}),
    Action(
        REVIEW, "add to another's playlist", "POST actions/playlists/{internal}/add-entities",
        {"entities": [{"entity_id": "{harbour_shot}"}]},
    ),
    Action(REVIEW, "share a playlist by link", "POST data/playlists/{for_clients}/share", {}),
    Action(REVIEW, "get a preview of another's task", "GET movies/originals/preview-files/{movie}.mp4"),
    Action(REVIEW, "publish a preview", "POST actions/tasks/{task}/comments/{said}/add-preview", {}),
    Action(REVIEW, "draw on a preview", "PUT actions/preview-files/{movie}/update-annotations", {}),
    Action(REVIEW, "make it the entity's picture", "PUT actions/preview-files/{movie}/set-main-preview"),
    Action(STUDIO, "change a production", "PUT data/projects/{project}", {"ratio": "16:9"}),
    Action(STUDIO, "add to the team", "POST data/projects/{project}/team", {"person_id": "{person}"}),
    Action(STUDIO, "set a role on a production", "PUT data/projects/{project}/team/{person}", {"role": "user"}),
    Action(
        STUDIO, "link an automation", "POST data/projects/{project}/settings/status-automations",
        {"status_automation_id": "{automation}"},
    ),
    Action(STUDIO, "create an automation", "POST data/status-automations", {"entity_type": "shot"}),
    Action(STUDIO, "create a production", "POST data/projects", {"name": "By {caller}", "production_type": "short"}),
    Action(STUDIO, "create a person or bot", "POST data/persons",
           {"first_name": "{caller}", "last_name": "", "email": "{caller}-x@example.com", "is_bot": True}),
    Action(STUDIO, "change another person", "PUT data/persons/{person}", {"phone": "+44 20 7946 0000"}),
    Action(STUDIO, "change its own record", "PUT data/persons/{me}", {"phone": "+44 20 7946 0000"}),
    Action(STUDIO, "create a task status", "POST data/task-status",
           {"name": "{caller}", "short_name": "{caller:.10}", "color": "#000000"}),
    Action(STUDIO, "list custom actions", "GET data/custom-actions"),
    Action(STUDIO, "create a custom action", "POST data/custom-actions", {"name": "{caller}"}),
)  # fmt: skip
