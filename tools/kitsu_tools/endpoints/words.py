"""What the words of a question stand for in Zou's descriptions: verbs of HTTP, and Kitsu's names for its things."""

import re

_IGNORED = (
    "a an the of on in to for from by at with and or is are am be do does how can i we us our this that these those it "
    "its what where when there please want need kitsu zou api endpoint route get list show all every which who whose "
    "their them someone somebody anybody"
)
IGNORED = frozenset(_IGNORED.split())
"""Words that say nothing about which endpoint is meant."""

_GENERIC = (
    "get list show read find fetch look see who which whose all post create add upload publish make new put set change "
    "update edit save delete remove"
)
GENERIC = frozenset(_GENERIC.split())
"""Words that say what is done, not to what."""

_VAGUE = "about all any at everything full into many new once one only several single some"
VAGUE = frozenset(_VAGUE.split())
"""Words that are looked for, and are not missed where an endpoint has none of them."""

METHODS = {
    word: method
    for method, words in {
        "GET": "get list show read find download export extract fetch look see who which whose",
        "POST": "post create add attach upload publish login import send share reply comment new make mark acknowledge "
        "search subscribe",
        "PUT": "put set change update edit save rename reorder use assign unassign move modify replace cast",
        "DELETE": "delete remove omit cancel unsubscribe",
    }.items()
    for word in words.split()
}
"""The method that a verb asks for. A question without one reads."""

ALSO = {
    "activity": ["events", "news"],
    "add": ["create"],
    "assigned": ["assignees", "assign"],
    "avatar": ["thumbnail", "person"],
    "cancel": ["delete"],
    "change": ["update"],
    "edit": ["update"],
    "edl": ["otio"],
    "latest": ["last"],
    "make": ["create"],
    "metadata": ["descriptor"],
    "movie": ["preview"],
    "omit": ["delete"],
    "post": ["create"],
    "publish": ["create"],
    "range": ["frames"],
    "recent": ["last", "latest"],
    "remove": ["delete"],
    "rename": ["update"],
    "renew": ["refresh"],
    "reorder": ["position"],
    "save": ["update"],
    "set": ["update"],
    "spreadsheet": ["csv"],
    "thumbnail": ["picture", "main"],
    "upload": ["create"],
    "used": ["cast"],
}
"""What a word may be called there as well."""

INSTEAD = {
    "breakdown": ["casting"],
    "column": ["descriptor"],
    "holiday": ["day", "off"],
    "hours": ["time", "spent"],
    "me": ["user"],
    "mine": ["user"],
    "my": ["user"],
    "people": ["person"],
    "production": ["project"],
    "productions": ["project"],
    "unassign": ["clear", "assignation"],
    "vacation": ["day", "off"],
    "worked": ["time", "spent"],
}
"""What a word is always called there."""

WITH_TASKS = "withtasks"
"""One word for the boards, `…/with-tasks`: as two they would be found by everything that is with something."""

_ENTITY = "update entity data keys"
"""As it stands in the note of the one route that changes what has no route of its own."""

_PHRASES = tuple(
    (re.compile(rf"\b{phrase}\b"), word)
    for phrase, word in (
        (r"(am|is) \w+ (logg|sign)ed in", "authenticated"),
        (r"(log|sign)(s|ged|ging|ed|ing)? ?out", "logout"),
        (r"(log|sign)(s|ged|ging|ed|ing)? ?in", "login"),
        (r"log (hours|time)", "add time spent"),
        (r"time ?sheets?", "time spent"),
        (r"not done", "open"),
        (r"who am i", "authenticated"),
        (
            r"(upload|publish|attach|add) (a |the |an )?(new )?(preview|movie|video|playblast|quicktime)(?! file| rev)",
            "add preview revision to comment",
        ),
        (r"what('s| has| have| is)? ?(been )?(changed|happened|happening|new)", "latest events news"),
        (r"(set|change|update) (the )?(task )?status of (a |the |one )?task", "post comment on task"),
        (r"(set|put|move) (a |the |one )?task to", "post comment on task status"),
        (r"(approve|validate|reject) (a |an |the )?(shot|asset|task|preview)", "post comment on task status"),
        (r"(close|archive|reopen) (a |the )?(project|production)", "update project"),
        (
            r"(update|change|rename|modify) (an? |the )?(asset|sequence|episode|concept)(?! (type|instance|cast))",
            _ENTITY,
        ),
        (r"(set|save|write|update) (the |some |custom )?metadata (on|of|for) (a |the )?shot", "update shot"),
        (r"(remove|clear|delete|drop) (an |the |all )?(assignees?|assignments?|assignations?)", "unassign"),
        (r"(last|latest|newest|new|recent) comments?", "get comments"),
        (r"current user", "authenticated"),
        (r"is (the )?(server|kitsu|zou|api) (up|alive|running)|health", "status of services"),
        (r"frame[ _-]?in\b.*\bframe[ _-]?out", "frame range of shot"),
        (r"with (all )?(the |their |its )?tasks", WITH_TASKS),
        (r"version of (the |this |your )?(server|kitsu|zou|api|instance)", "name and version"),
        (r"(server|kitsu|zou|api) version", "name and version"),
    )
)

ENTITIES = ("shot", "asset", "sequence", "episode", "scene", "edit", "concept")
"""What Zou calls an entity."""

OF_A_PROJECT = frozenset({"project", "production", "given"})
"""Words that stand in descriptions of nearly everything."""

APART = tuple(
    (re.compile(path), frozenset(words.split()))
    for path, words in (
        (r"/import/", "import csv edl otio shotgun shotgrid"),
        (r"/import/shotgun/", "shotgun shotgrid"),
        (r"/export/", "export csv spreadsheet"),
        (r"/shared/", "shared share guest"),
        (r"/(data|actions)/user/", "user my me mine i"),
        (r".*(project-templates|apply-template)", "template templates"),
    )
)
"""Corners of the API, and the words without which a question does not mean them."""


def words(text: str) -> list[str]:
    """The words of a question in lower case, phrases as the one word that stands for them."""
    lower = text.lower().replace("'s ", " ")
    for phrase, word in _PHRASES:
        lower = phrase.sub(word, lower)
    return re.findall(r"[^\W_]+", lower)


def meant(said: list[str]) -> list[str]:
    """The words to look for: without those that say nothing, with those that mean the same."""
    found: list[str] = []
    for word in said:
        if word in INSTEAD:
            found += INSTEAD[word]
        elif word not in IGNORED:
            found += [word, *ALSO.get(word, ())]
    return list(dict.fromkeys(found))


def singular(word: str) -> str:
    """`entity` of `entities`, `task` of `tasks`."""
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us")) else word
