"""Makes docs/screens anew: what a person sees of the gate and of pictures in the real Claude Code, on a sandbox Kitsu.

    cd tests && ../.venv/bin/python -m hosts.capture [CLAUDE]

CLAUDE is the binary (default: the one that `make clients` installed). It needs no sign-in: a scripted stand-in plays
the model. The journal's code in the signatures differs from run to run.
"""

from __future__ import annotations

import argparse
import base64
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hosts.claude_home import CLAUDE, Server
from hosts.claude_terminal import DOWN, ENTER, LEFT, RIGHT, SPACE, Size, Terminal, claude_terminal
from hosts.stand_in_api import LAST_WORDS, ToolCall
from kitsu_sandbox.lifecycle import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kitsu_sandbox.lifecycle import Connection

SCREENS = Path(__file__).parents[2] / "docs" / "screens"
TITLE = "requests your input"
TWELVE = [f"Robo Garden/E01/SQ01/SH{number * 10:04d}:Animation" for number in range(1, 13)]
LAYOUTS = [f"Robo Garden/E02/SQ01/SH{number * 10:04d}:Layout" for number in range(1, 5)]
FOUR = [f"Robo Garden/E01/SQ01/SH{number * 10:04d}:Animation" for number in range(9, 13)]
FIVE = [
    *(f"Robo Garden/E01/SQ01/{shot}:Animation" for shot in ("SH0110", "SH0120", "SH0140")),
    *(f"Robo Garden/E01/SQ02/{shot}:Animation" for shot in ("SH0030", "SH0040")),
]
PARTS = {"E01/SQ01": 14, "E01/SQ02": 4, "E02/SQ01": 4, "E02/SQ02": 4}
"""Sequences of Robo Garden, and how many shots each has."""
STEPS = ("Storyboard", "Layout", "Animation", "Lighting")
SHOT_TASKS = [
    f"Robo Garden/{at}/SH{number * 10:04d}:{step}"
    for at, count in PARTS.items()
    for step in STEPS
    for number in range(1, count + 1)
]
CODE = "the last change's code"
SEEN = "SH0090 to SH0120 each show v1 of the animation, and all four wait for review."
DETAILS = "\x0f"
"""ctrl+o: every call with its answer."""
COMMENT = (
    "The hold at the end is 8 frames too long, please cut it at 1088.\n"
    "@Theo Marchand the gull should land before Maren turns.\n"
    "Reference: dailies of this morning, second half."
)


@dataclass(frozen=True)
class Step:
    """Keys and what they lead to. Without a text its screen is not shown."""

    keys: Sequence[str]
    text: str = ""


@dataclass(frozen=True)
class Scene:
    """One question from its appearance to its answer. `CODE` among the arguments stands for the last change's code."""

    text: str
    call: ToolCall
    steps: Sequence[Step]
    columns: int = 120


@dataclass(frozen=True)
class Page:
    """One file of docs/screens."""

    name: str
    title: str
    scenes: Sequence[Scene]


PAGES = [
    Page(
        "claude-code-12-status-changes",
        "Twelve status changes",
        [
            Scene(
                "An agent called `change_status` for twelve tasks. The question as it opens:",
                ToolCall("mcp__kitsu__change_status", {"tasks": TWELVE, "status": "done"}),
                [
                    Step([RIGHT], "Opened with →, every change is there and ticked:"),
                    Step([DOWN, SPACE, DOWN, DOWN, SPACE], "SH0020 and SH0040 unticked with Space:"),
                    Step([LEFT, DOWN], "The list shut with ←, and ↓ to Accept:"),
                    Step([ENTER]),
                ],
            ),
            Scene(
                "In this production a finished layout makes the animation ready. The question says so, here in a "
                "terminal of 80 columns:",
                ToolCall("mcp__kitsu__change_status", {"tasks": LAYOUTS, "status": "done"}),
                [Step([DOWN, RIGHT, ENTER])],
                columns=80,
            ),
        ],
    ),
    Page(
        "claude-code-comment",
        "A comment of three lines",
        [
            Scene(
                "An agent called `add_comment` with three lines, a mention and a checklist. The question as it opens:",
                ToolCall(
                    "mcp__kitsu__add_comment",
                    {
                        "task": "Salt Harbour/SQ010/SH0030:Animation",
                        "text": COMMENT,
                        "checklist": ["Cut the hold", "Move the landing"],
                    },
                ),
                [
                    Step([RIGHT], "Opened with →, all of it can be read:"),
                    Step([LEFT, DOWN, " Thanks!"], "Edited; the field shows the end of the text while it is typed in:"),
                    Step([ENTER, ENTER]),
                ],
            ),
        ],
    ),
    Page(
        "claude-code-assignment",
        "An assignment",
        [
            Scene(
                "An agent called `assign_tasks` to give four tasks to another animator. The question as it opens:",
                ToolCall("mcp__kitsu__assign_tasks", {"tasks": FOUR, "people": ["Theo Marchand"], "how": "replace"}),
                [
                    Step([RIGHT], "Opened with →, who has each task now and who would have it:"),
                    Step([DOWN, SPACE], "The second unticked with Space:"),
                    Step([LEFT, DOWN, ENTER]),
                ],
            ),
        ],
    ),
    Page(
        "claude-code-dates",
        "A plan of dates",
        [
            Scene(
                "An agent called `plan_tasks` with dates and an estimate for five tasks. The question as it opens:",
                ToolCall(
                    "mcp__kitsu__plan_tasks",
                    {"tasks": FIVE, "start": "2027-03-01", "due": "2027-03-06", "estimate": "4d"},
                ),
                [Step([RIGHT], "Opened with →:"), Step([LEFT, DOWN, ENTER])],
            ),
        ],
    ),
    Page(
        "claude-code-200-changes",
        "Two hundred changes of two kinds",
        [
            Scene(
                "An agent called `propose_changes` to plan a hundred tasks and assign them. The question as it opens:",
                ToolCall(
                    "mcp__kitsu__propose_changes",
                    {
                        "changes": [
                            {"tool": "plan_tasks", "arguments": {"tasks": SHOT_TASKS, "due": "2027-03-05"}},
                            {"tool": "assign_tasks", "arguments": {"tasks": SHOT_TASKS, "people": ["Jonas Feld"]}},
                        ]
                    },
                ),
                [
                    Step([RIGHT], "Opened with →: of so many, those alike stand together:"),
                    Step([DOWN, DOWN, SPACE], "One group unticked with Space, with all that is in it:"),
                    Step([LEFT, DOWN, RIGHT, ENTER]),
                ],
            ),
        ],
    ),
    Page(
        "claude-code-undo",
        "An undo",
        [
            Scene(
                "An agent called `change_status` for five tasks of different statuses, and the person said yes:",
                ToolCall("mcp__kitsu__change_status", {"tasks": FIVE, "status": "retake"}),
                [Step([RIGHT], "Opened with →:"), Step([LEFT, DOWN, ENTER])],
            ),
            Scene(
                "That was a mistake, so the agent called `undo_change` with the code of the receipt. Each task goes "
                "back to what it was:",
                ToolCall("mcp__kitsu__undo_change", {"code": CODE}),
                [Step([RIGHT], "Opened with →:"), Step([LEFT, DOWN, DOWN, ENTER])],
            ),
        ],
    ),
]


def main() -> int:
    """Write every page."""
    parser = argparse.ArgumentParser(description="Capture docs/screens from the real Claude Code.")
    parser.add_argument("claude", nargs="?", type=Path, default=CLAUDE)
    claude: Path = parser.parse_args().claude
    if not claude.exists():
        parser.error(f"{claude} is missing: run make clients, or name the binary")
    version = subprocess.run([claude, "--version"], capture_output=True, text=True, check=True).stdout.split()[0]
    SCREENS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kitsu-screens-") as folder:
        sandbox = Sandbox(Path(folder) / "sandbox")
        with sandbox.running(print) as kitsu:
            for page in PAGES:
                play = partial(_play, claude.absolute(), kitsu, Path(folder), [""])
                text = _page(page, version, play)
                (SCREENS / f"{page.name}.md").write_text(text)
                sandbox.reset()
            _capture_a_picture(claude.absolute(), _server(kitsu, Path(folder)), version)
    return 0


def _capture_a_picture(claude: Path, server: Server, version: str) -> None:
    """A conversation in which the model is shown a contact sheet: the screen as text and drawn, and the sheet."""
    name = "claude-code-contact-sheet"
    shots = [task.partition(":")[0] for task in FOUR]
    call = ToolCall("mcp__kitsu__see_contact_sheet", {"of": shots, "task_type": "Animation"})
    with claude_terminal(claude, server, [call, SEEN], Size(rows=60)) as terminal:
        terminal.say("Show me the animation of SQ01 from SH0090 on, side by side.")
        terminal.wait_for(SEEN)
        terminal.press(DETAILS)
        terminal.picture.save(SCREENS / f"{name}.png", optimize=True)
        text = terminal.text
        (sheet,) = [one for block in terminal.api.blocks for one in _images(block)]
    (SCREENS / f"{name}-shown.png").write_bytes(base64.b64decode(sheet["source"]["data"]))
    parts = [
        "# A contact sheet",
        f"What a person and the model see in Claude Code {version} when an agent looks at pictures. Captured from the "
        "real\nprogram on a sandbox Kitsu, a script in the model's place; made anew with `python -m hosts.capture` in "
        "`tests`.",
        "An agent called `see_contact_sheet` for four shots. A terminal shows no pictures: ctrl+o shows the call and "
        "what came\nwith the sheet as text.",
        _fenced(text),
        f"The same as a picture:\n\n![The conversation in Claude Code]({name}.png)",
        f"The model was shown this:\n\n![The contact sheet]({name}-shown.png)",
    ]
    (SCREENS / f"{name}.md").write_text("\n\n".join(parts) + "\n")


def _images(block: dict[str, Any]) -> list[dict[str, Any]]:
    """Those in a tool's result, as the model got them."""
    content: list[dict[str, Any]] = block["content"] if block["type"] == "tool_result" else []
    return [one for one in content if one["type"] == "image"]


def _page(page: Page, version: str, play: Callable[[Scene], str]) -> str:
    intro = (
        f"What a person sees in Claude Code {version} before anything is written to Kitsu. Captured from the real "
        "program on\na sandbox Kitsu; made anew with `python -m hosts.capture` in `tests` (see "
        "`tests/hosts/capture.py`)."
    )
    return "\n\n".join([f"# {page.title}", intro, *map(play, page.scenes)]) + "\n"


def _play(claude: Path, kitsu: Connection, folder: Path, codes: list[str], scene: Scene) -> str:
    """The scene's screens, then what the agent was told. The change's code joins `codes`."""
    server = _server(kitsu, folder)
    arguments = {name: codes[-1] if given == CODE else given for name, given in scene.call.arguments.items()}
    with claude_terminal(claude, server, [ToolCall(scene.call.tool, arguments)], Size(scene.columns)) as terminal:
        terminal.say("go on")
        terminal.wait_for(TITLE)
        terminal.settle()
        parts = [scene.text, _fenced(_dialog(terminal))]
        for step in scene.steps:
            terminal.press(*step.keys)
            if step.text:
                parts += [step.text, _fenced(_dialog(terminal))]
        terminal.wait_for(LAST_WORDS)
        (result,) = terminal.api.results
        receipt = json.loads(result)
        codes.append(receipt["journal"])
        parts.append(f"Then the agent was told: `{receipt['outcome']}`")
    return "\n\n".join(parts)


def _server(kitsu: Connection, folder: Path) -> Server:
    """Ours, as a manager's bot."""
    environment = {
        "KITSU_HOST": kitsu.host,
        "KITSU_BOT_TOKEN_FILE": str(kitsu.token_files["manager"]),
        "KITSU_JOURNAL": str(folder / "journal.sqlite3"),
        "KITSU_USER": "Mara Okafor",
    }
    return Server([sys.executable, "-m", "kitsu_server"], environment)


def _dialog(terminal: Terminal) -> str:
    """The question alone, without what stands above it."""
    lines = terminal.text.splitlines()
    start = next(number for number, line in enumerate(lines) if TITLE in line)
    return "\n".join(lines[start:])


def _fenced(screen: str) -> str:
    return f"```text\n{screen}\n```"


if __name__ == "__main__":
    sys.exit(main())
