"""Which page and section an endpoint stands on: the first rule that its path meets."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Domain:
    """One page. `covers` says what it holds, for the table of pages; `sections` are its headings, in order."""

    name: str
    title: str
    covers: str
    sections: tuple[str, ...]

    @property
    def page(self) -> str:
        """The file in references/."""
        return f"endpoints-{self.name}.md"


DOMAINS = (
    Domain(
        "productions",
        "Productions and studio",
        "projects, teams, settings, metadata columns, templates, departments, custom actions",
        ("Productions", "Settings of a production", "Metadata columns", "Templates", "Studio"),
    ),
    Domain(
        "shots",
        "Shots, sequences, episodes, scenes and edits",
        "boards, lists, creation, changes, frame numbers, statistics",
        ("Shots", "Sequences", "Episodes", "Scenes", "Edits"),
    ),
    Domain(
        "assets",
        "Assets, concepts and entities",
        "assets and their types, concepts and folders, entities of any kind",
        ("Assets", "Concepts", "Entities of any kind"),
    ),
    Domain(
        "casting",
        "Casting and asset instances",
        "who is in what, links between entities, numbered instances in shots and scenes",
        ("Casting", "Asset instances"),
    ),
    Domain(
        "tasks",
        "Tasks, comments and statuses",
        "tasks, assignments, comments, replies, attachments, task types, statuses, automations",
        ("Tasks", "Comments", "Task types, statuses and automations"),
    ),
    Domain(
        "reviews",
        "Previews, playlists and shared reviews",
        "uploads, thumbnails, movies, annotations, playlists, builds, share links and what guests may do",
        ("Previews", "Pictures and movies", "Playlists", "Shared playlists"),
    ),
    Domain(
        "planning",
        "Schedule, time and budget",
        "schedule items and versions, milestones, time spent, days off, quotas, budgets",
        ("Schedule", "Time spent", "Days off and presence", "Quotas", "Budgets"),
    ),
    Domain(
        "files",
        "Working files and output files",
        "paths, revisions, working files, output files and their types, software",
        ("Working files", "Output files", "Software and file statuses"),
    ),
    Domain(
        "people",
        "People and signing in",
        "persons, bots, passwords, two factors, single sign-on",
        ("Signing in", "Persons"),
    ),
    Domain(
        "user",
        "The signed-in person",
        "what `/data/user` and `/actions/user` answer, which is 403 for every bot",
        ("Data of the person", "Actions of the person"),
    ),
    Domain(
        "exchange",
        "Import and export",
        "CSV, edit decision lists, another Kitsu, ShotGrid",
        (
            "Export as CSV",
            "Import of CSV",
            "Import of edit decision lists",
            "Import from a Kitsu",
            "Import of ShotGrid",
        ),
    ),
    Domain(
        "server",
        "Server, events, search, news and chats",
        "version, configuration, health, event history, search, saved filters, news, notifications, chats, plugins",
        ("Server", "Events", "Search and saved filters", "News, notifications and chats"),
    ),
)

_RULES: tuple[tuple[str, str, str], ...] = (
    (r"^/export/", "exchange", "Export as CSV"),
    (r"^/import/csv/", "exchange", "Import of CSV"),
    (r"^/import/otio/", "exchange", "Import of edit decision lists"),
    (r"^/import/kitsu/", "exchange", "Import from a Kitsu"),
    (r"^/import/shotgun/", "exchange", "Import of ShotGrid"),
    (r"^/auth/", "people", "Signing in"),
    (r"^/actions/user/", "user", "Actions of the person"),
    (r"^/data/user/", "user", "Data of the person"),
    (r"^/shared/", "reviews", "Shared playlists"),
    (r"^/(pictures|movies)/", "reviews", "Pictures and movies"),
    (r"project-templates?\b|apply-template", "productions", "Templates"),
    (r"metadata-descriptors", "productions", "Metadata columns"),
    (r"/settings/", "productions", "Settings of a production"),
    (r"budget|salary-scales", "planning", "Budgets"),
    (r"schedule|milestones", "planning", "Schedule"),
    (r"time-spents", "planning", "Time spent"),
    (r"day-offs|presence-logs", "planning", "Days off and presence"),
    (r"quota", "planning", "Quotas"),
    (r"working-file", "files", "Working files"),
    (r"output-(file|type)|guess.from.path", "files", "Output files"),
    (
        r"^/data/files/|file-status|^/data/softwares|task-type-softwares|/softwares",
        "files",
        "Software and file statuses",
    ),
    (r"notif|/news|subscriptions|chat", "server", "News, notifications and chats"),
    (r"playlists|build-jobs", "reviews", "Playlists"),
    (r"^/actions/tasks/\{task_id\}/comments/\{comment_id\}/(add-preview|preview-files)", "reviews", "Previews"),
    (r"comment|attachment-files", "tasks", "Comments"),
    (r"set-main-preview|preview", "reviews", "Previews"),
    (r"asset-instances|camera-instances", "casting", "Asset instances"),
    (r"casting|cast-in|entity-links", "casting", "Casting"),
    (r"^/data/shots\b", "shots", "Shots"),
    (r"^/data/sequences\b", "shots", "Sequences"),
    (r"^/data/episodes\b", "shots", "Episodes"),
    (r"^/data/scenes\b", "shots", "Scenes"),
    (r"^/data/edits\b", "shots", "Edits"),
    (r"^/data/assets\b", "assets", "Assets"),
    (r"^/data/concepts\b", "assets", "Concepts"),
    (
        r"task-(types|status)/?(\{\w+\}|reorder)?$|task-(type|status)-links|status-automations",
        "tasks",
        "Task types, statuses and automations",
    ),
    (r"tasks|/assign$|/clear-assignation|task-dates", "tasks", "Tasks"),
    (r"/(data|actions)/(studios|departments|organisations|hardware-items|custom-actions)", "productions", "Studio"),
    (r"persons", "people", "Persons"),
    (r"edits", "shots", "Edits"),
    (r"scenes", "shots", "Scenes"),
    (r"shots|set-shot-nb-frames", "shots", "Shots"),
    (r"sequences", "shots", "Sequences"),
    (r"concept", "assets", "Concepts"),
    (r"asset", "assets", "Assets"),
    (r"episodes", "shots", "Episodes"),
    (r"entit", "assets", "Entities of any kind"),
    (r"events", "server", "Events"),
    (r"search", "server", "Search and saved filters"),
    (r"project", "productions", "Productions"),
    (r"^/(config|stats|status.*)?$|plugins", "server", "Server"),
)


def place_of(path: str) -> tuple[str, str]:
    """The domain and the section of a path.

    Raises:
        LookupError: no rule speaks of it: Zou has something new.
    """
    for pattern, domain, section in _RULES:
        if re.search(pattern, path):
            return domain, section
    raise LookupError(f"no page for {path}: add a rule to endpoints/domains.py")
