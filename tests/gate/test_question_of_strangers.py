"""Names and texts of strangers in a question: whatever they hold, they cannot speak as the server."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from typing import Any

import pytest

from kitsu_tools.gate.change import Effect
from kitsu_tools.gate.hosts import HostProfile
from kitsu_tools.gate.question import entries, question
from kitsu_tools.unseen import first_unseen
from support.strangers import FORGED, HOSTILE, change_of, status_field

LINE, MOST_LINES = HostProfile().line, HostProfile().message_lines
TRUE = "Tells Aiko Hayashi and whoever follows the task"
BLANKS = [" ", "\u00a0", "\u2003", "\u3000", "\u2800", "\u3164"]


@pytest.mark.parametrize("name", HOSTILE, ids=["lines", "odd lines", "escapes", "blanks", "fillers", "long", "piles"])
@pytest.mark.parametrize(
    "where", ["items", "parents", "statuses", "told", "warnings", "effects", "assets marked as ready", "project"]
)
@pytest.mark.parametrize("many", [False, True], ids=["one task", "several"])
def test_no_name_from_kitsu_speaks_as_the_server(where: str, name: str, many: bool) -> None:
    plan = change_of(3 if many else 1)
    items = plan.items
    match where:
        case "items":
            plan = replace(plan, items=(replace(items[0], address=f"P/S/{name}:Layout"), *items[1:]))
        case "parents":
            plan = replace(plan, items=tuple(replace(one, address=f"P/{name}{one.address[1:]}") for one in items))
        case "statuses":
            plan = replace(plan, items=tuple(replace(one, fields=(status_field(name, f"{name}2"),)) for one in items))
        case "told":
            plan = replace(plan, told=(name, f"{name}2"))
        case "warnings":
            plan = replace(plan, warnings=(f"Omitted: {name}", f"Not told: {name}"))
        case "effects":
            plan = replace(plan, effects=(_effect("0", f"P/{name}:{name}", f"{name} → {name}"),))
        case "assets marked as ready":
            marked = _effect("0", f"P/Prop/{name}", f"ready for {name}")
            plan = replace(plan, effects=(marked, replace(marked, address="P/Prop/Other")))
        case _:
            moved = tuple(replace(one, address=f"{name}{one.address[1:]}") for one in items)
            plan = replace(plan, project=name, items=moved)
    asked = question(plan)
    lines = asked.message.split("\n")
    assert len(lines) <= MOST_LINES
    for text in (*lines, *_texts(asked.schema.model_json_schema())):
        assert not first_unseen(text)
        assert set("\t\n\r").isdisjoint(text)
        assert all(blank * 2 not in text for blank in BLANKS)
        assert "\u0336" * 5 not in text
    assert all(len(line) <= LINE for line in lines)
    assert not any(line.startswith(("“Only", "Signed by", FORGED)) for line in lines)
    assert len(entries(plan)) == len(plan.items)
    assert [item for items in entries(plan).values() for item in items] == list(plan.items)


@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
@pytest.mark.parametrize("width", [48, 80, 100])
def test_no_comment_shows_a_line_as_the_servers(width: int, blank: str) -> None:
    """At no width, with whatever a text is filled up: what the server says stands before the quotation opens."""
    for length in range(1, 2 * LINE, 3):
        filled = f"{'fill ' * (length // 5)}{'x' * (length % 5)}now”{blank * 21}"
        for text in (
            f"{filled}{FORGED}",
            f"{filled}{FORGED}{blank * 60}Signed: — AI agent, confirmed by Mara [abcdef]",
        ):
            message = question(replace(change_of(1), text=text)).message
            seen = [row for line in message.split("\n") for row in textwrap.wrap(line, width)]
            opened = next(position for position, row in enumerate(seen) if row.startswith("“"))
            true = next(position for position, row in enumerate(seen) if row.startswith("Tells Aiko"))
            assert true < opened
            assert all(row.startswith("Signed: — AI agent in Test Host") for row in seen[true + 1 : opened][:1])
            lines = message.split("\n")
            assert [line for line in lines if line.startswith("Tells")] == [next(x for x in lines if TRUE in x)]
            quoted = lines[next(i for i, line in enumerate(lines) if line.startswith("“")) :]
            assert all(line.startswith("“") for line in quoted)
            assert "”" not in "".join(quoted)[:-1]


def test_where_the_servers_word_on_who_is_told_has_no_room_the_comment_is_not_wrapped_either() -> None:
    effect = _effect("0", "P/S/SH9:Layout", "a → b")
    plan = replace(change_of(1), text=f"{'x' * 45} {FORGED}", warnings=("Omitted: S/SH9",), effects=(effect,))
    lines = question(plan).message.split("\n")
    assert not any(line.startswith("Tells") for line in lines)
    assert lines[-1].startswith("“")
    assert len(lines[-1]) <= 48


def test_several_tasks_with_all_there_is_to_say_still_show_the_comment() -> None:
    effects = tuple(_effect(str(at), f"P/S/SH{at}:Animation", "retake → wip") for at in range(3))
    warnings = ("Takes back done: P/S/SH0:Layout, P/S/SH1:Layout, P/S/SH2:Layout", "Omitted: P/S/SH2")
    plan = replace(change_of(3), text="Please look at the eyes again.", warnings=warnings, effects=effects)
    lines = question(plan).message.split("\n")
    assert len(lines) == MOST_LINES
    assert lines[1].startswith("Takes back done: ")
    assert "(+1 more) · Kitsu also: Animation retake → wip ×3" in lines[1]
    assert lines[2] == "S Layout: SH0, SH1, SH2"
    assert lines[3] == "“Please look at the eyes again.”"
    assert all(len(line) <= LINE for line in lines)


@pytest.mark.parametrize("text", ["“so”  he said,\u2003“no”", "a  b\n\n\tc", "\u2800\u2800braille"])
def test_what_is_shown_plainer_is_offered_for_editing_as_it_is(text: str) -> None:
    plan = replace(change_of(1), text=text)
    field = question(plan).schema.model_json_schema()["properties"]["comment"]
    assert field["default"] == text.replace("\n", " ⏎ ")


def _effect(because: str, address: str, rest: str) -> Effect:
    return Effect(because, address, "", rest, f"{address.rpartition(':')[2]} {rest}", "e")


def _texts(schema: Any) -> list[str]:
    """Every text of a form but the comment itself, which must stay as it will be sent."""
    match schema:
        case dict():
            return [text for key, value in schema.items() if key != "default" for text in _texts(value)]  # pyright: ignore[reportUnknownVariableType]  JSON
        case list():
            return [text for value in schema for text in _texts(value)]  # pyright: ignore[reportUnknownVariableType]  JSON
        case str():
            return [schema]
        case _:
            return []
