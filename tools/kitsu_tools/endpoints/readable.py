"""The routes that `read_api` may read, each with the query it takes: an allow-list, so that no other is ever reached.

Each was driven on Zou 1.0.97 with real ids and left every row of the database as it was; what its handlers call was
looked through for writes besides, as some depend on the data. Left out are, with all that is no GET:
- GETs that write: playlists' builds, invitations, mail and tests of events, `schedule-items/task-types` and the like,
  salary scales, chats and all that leads to one (a missing chat is made), attachments, cameras of scenes (a missing
  asset type is made), and every file (its state is noted);
- what is no JSON: files, exports;
- sign-in, tokens, sessions, shared links, settings with keys in them, logs and events of the whole studio;
- money and hours, days off, quotas: other tools show them as each role may see them;
- castings and where assets are used: they name other productions without saying which; get_casting does;
- comments of a whole production, notifications and what is of one person's own page: 403 for bots, or told elsewhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kitsu_tools.tracker.names import is_uuid

_ROUTES = """
/data/asset-types
/data/asset-types/{asset_type_id}
/data/assets project_id! asset_type_id page limit
/data/assets/{asset_id}
/data/assets/{asset_id}/assets
/data/assets/{asset_id}/task-types
/data/assets/{asset_id}/tasks
/data/concepts project_id!
/data/concepts/{concept_id}
/data/concepts/{concept_id}/preview-files
/data/concepts/{concept_id}/task-types
/data/concepts/{concept_id}/tasks
/data/departments id name
/data/departments/hardware-items
/data/departments/software-licenses
/data/departments/{department_id}/persons
/data/departments/{instance_id}
/data/edits project_id!
/data/edits/{edit_id}
/data/edits/{edit_id}/preview-files
/data/edits/{edit_id}/task-types
/data/edits/{edit_id}/tasks
/data/edits/{edit_id}/versions
/data/entities id name project_id entity_type_id parent_id source_id page limit relations
/data/entities/{entity_id}/news
/data/entities/{entity_id}/output-files output_type_id task_type_id
/data/entities/{entity_id}/output-files/last-revisions output_type_id task_type_id
/data/entities/{entity_id}/output-types
/data/entities/{entity_id}/preview-files
/data/entities/{entity_id}/task-types/{task_type_id}/tasks
/data/entities/{entity_id}/working-files task_id
/data/entities/{instance_id} relations
/data/entity-types id name
/data/entity-types/{instance_id}
/data/episodes project_id!
/data/episodes/{episode_id}
/data/episodes/{episode_id}/asset-tasks
/data/episodes/{episode_id}/edit-tasks
/data/episodes/{episode_id}/edits
/data/episodes/{episode_id}/sequences
/data/episodes/{episode_id}/shot-tasks
/data/episodes/{episode_id}/shots
/data/episodes/{episode_id}/task-types
/data/episodes/{episode_id}/tasks
/data/file-status id name
/data/file-status/{instance_id}
/data/hardware-items id name
/data/hardware-items/{instance_id}
/data/metadata-descriptors id name project_id entity_type page limit
/data/metadata-descriptors/{instance_id}
/data/output-types id name
/data/output-types/{instance_id}
/data/persons id page limit relations
/data/persons/{instance_id}
/data/persons/{person_id}/done-tasks
/data/persons/{person_id}/related-tasks/{task_type_id}
/data/persons/{person_id}/tasks
/data/playlists/entities/{entity_id}/preview-files
/data/playlists/{instance_id}
/data/preview-files/{instance_id}
/data/production-schedule-versions project_id!
/data/production-schedule-versions/{instance_id}
/data/production-schedule-versions/{production_schedule_version_id}/task-links task_type_id
/data/project-status id name
/data/project-status/{instance_id}
/data/project-templates
/data/project-templates/{instance_id}
/data/project-templates/{project_template_id}/asset-types
/data/project-templates/{project_template_id}/preview-background-files
/data/project-templates/{project_template_id}/status-automations
/data/project-templates/{project_template_id}/task-statuses
/data/project-templates/{project_template_id}/task-types
/data/projects id name page limit relations
/data/projects/open name
/data/projects/{instance_id} relations
/data/projects/{project_id}/asset-types
/data/projects/{project_id}/asset-types/{asset_type_id}/assets page limit
/data/projects/{project_id}/assets asset_type_id page limit
/data/projects/{project_id}/concept-folders
/data/projects/{project_id}/concepts
/data/projects/{project_id}/edits
/data/projects/{project_id}/entity-links page limit
/data/projects/{project_id}/episodes
/data/projects/{project_id}/episodes/retake-stats
/data/projects/{project_id}/episodes/stats
/data/projects/{project_id}/episodes/{episode_id}/playlists
/data/projects/{project_id}/metadata-descriptors
/data/projects/{project_id}/metadata-descriptors/{metadata_descriptor_id}
/data/projects/{project_id}/milestones
/data/projects/{project_id}/news after before page limit person_id task_type_id task_status_id episode_id only_preview
/data/projects/{project_id}/news/{news_id}
/data/projects/{project_id}/playlists page sort_by task_type_id
/data/projects/{project_id}/playlists/{playlist_id}
/data/projects/{project_id}/preview-files
/data/projects/{project_id}/scenes
/data/projects/{project_id}/schedule-items
/data/projects/{project_id}/sequences
/data/projects/{project_id}/settings/preview-background-files
/data/projects/{project_id}/settings/status-automations
/data/projects/{project_id}/settings/task-status
/data/projects/{project_id}/shots
/data/projects/{project_id}/task-type-softwares
/data/projects/{project_id}/task-types
/data/projects/{project_id}/tasks page task_type_id episode_id
/data/projects/{project_id}/team
/data/scenes/all project_id!
/data/scenes/{scene_id}
/data/scenes/{scene_id}/shots
/data/scenes/{scene_id}/task-types
/data/scenes/{scene_id}/tasks
/data/sequences project_id! episode_id
/data/sequences/{sequence_id}
/data/sequences/{sequence_id}/scenes
/data/sequences/{sequence_id}/shot-tasks
/data/sequences/{sequence_id}/shots
/data/sequences/{sequence_id}/task-types
/data/sequences/{sequence_id}/tasks
/data/shots project_id! sequence_id
/data/shots/{shot_id}
/data/shots/{shot_id}/asset-types
/data/shots/{shot_id}/assets
/data/shots/{shot_id}/preview-files
/data/shots/{shot_id}/task-types
/data/shots/{shot_id}/tasks
/data/shots/{shot_id}/versions
/data/softwares id name
/data/softwares/{instance_id}
/data/status-automations id
/data/status-automations/{instance_id}
/data/studios id name
/data/studios/{instance_id}
/data/task-status id name
/data/task-status/{instance_id}
/data/task-types id name for_entity
/data/task-types/{instance_id}
/data/tasks id name project_id entity_id task_type_id task_status_id page limit relations
/data/tasks/open-tasks project_id! task_type_id task_status_id person_id start_date due_date priority page limit
/data/tasks/{instance_id} relations
/data/tasks/{task_id}/comments
/data/tasks/{task_id}/comments/{comment_id}
/data/tasks/{task_id}/full
/data/tasks/{task_id}/previews
/data/tasks/{task_id}/working-files
/data/tasks/{task_id}/working-files/last-revisions
"""


@dataclass(frozen=True, slots=True)
class Route:
    """A route that may be read. `path` is a template below `/api`; `query`: the names it takes there, `required`: those
    it does not go without, as it would count other productions too.
    """

    path: str
    query: frozenset[str]
    required: frozenset[str]

    @property
    def parts(self) -> list[str]:
        """The parts of the path, placeholders in braces."""
        return self.path.strip("/").split("/")

    def filled(self, ids: Mapping[str, str]) -> str:
        """Its path with these ids."""
        return "/".join(ids.get(part[1:-1], part) if part.startswith("{") else part for part in self.parts)


def _routes() -> Iterator[Route]:
    for line in _ROUTES.split("\n"):
        if line:
            path, *query = line.split()
            required = frozenset(name.removesuffix("!") for name in query if name.endswith("!"))
            yield Route(path, frozenset(name.removesuffix("!") for name in query), required)


ROUTES: tuple[Route, ...] = tuple(_routes())


def route_of(path: str) -> tuple[Route, Mapping[str, str]] | None:
    """The route that a path is of, with the ids in it; None where it may not be read.

    Every part is a word of the route or, in place of a placeholder, one whole id, so that nothing leads elsewhere.
    """
    parts = path.removeprefix("/").removeprefix("api/").split("/")
    for route in ROUTES:
        if len(route.parts) == len(parts) and all(map(_fits, route.parts, parts)):
            given = zip(route.parts, parts, strict=True)
            return route, {name[1:-1]: part.lower() for name, part in given if name.startswith("{")}
    return None


def _fits(wanted: str, part: str) -> bool:
    return is_uuid(part) and part == part.strip() if wanted.startswith("{") else wanted == part


def near(path: str) -> list[str]:
    """The routes that begin as a path does, as far as any does."""
    parts = [part for part in path.removeprefix("/").removeprefix("api/").split("/") if part]
    for length in range(len(parts), 0, -1):
        begin = parts[:length]
        found = [one.path for one in ROUTES if all(map(_fits, one.parts, begin)) and len(one.parts) >= length]
        if found:
            return found
    return []
