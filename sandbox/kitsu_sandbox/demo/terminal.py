"""The terminal of the demo: tables, signs of life in long steps, and a question that a person answers."""

import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import anyio

SIGN_OF_LIFE_SECONDS = 10.0
INDENT = "   "
YES = frozenset({"y", "yes"})
NOBODY = "No terminal, so nobody can answer: the answer is no."
HELP = "Numbers tick and untick (such as 2 4). y sends what is ticked; Enter sends nothing."


def say(text: str = "") -> None:
    """One line, seen at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def say_call(text: str) -> None:
    """A tool call, its further lines indented."""
    for line in textwrap.wrap(text, _width(), subsequent_indent=INDENT, break_on_hyphens=False):
        say(line)


def say_wrapped(text: str) -> None:
    """An indented paragraph as wide as the terminal."""
    for line in textwrap.wrap(text, _width() - len(INDENT), break_long_words=False, break_on_hyphens=False):
        say(f"{INDENT}{line}")


def say_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """An indented table without its empty columns; lines are cut at the edge of the terminal."""
    filled = [place for place in range(len(columns)) if any(str(row[place]) for row in rows)]
    cells = [[str(row[place]) for place in filled] for row in [columns, *rows]]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    rule = "  ".join("─" * width for width in widths)
    for line in [lines[0], rule, *lines[1:]]:
        say(f"{INDENT}{line}"[: _width()])


@contextmanager
def signs_of_life() -> Generator[None]:
    """Say every ten seconds that a step inside the block still goes on."""
    over = threading.Event()
    began = time.monotonic()

    def tick() -> None:
        while not over.wait(SIGN_OF_LIFE_SECONDS):
            say(f"{INDENT}still at it after {time.monotonic() - began:.0f} s…")

    ticking = threading.Thread(target=tick, daemon=True)
    ticking.start()
    try:
        yield
    finally:
        over.set()
        ticking.join()


def has_person() -> bool:
    """True when somebody can answer."""
    return sys.stdin.isatty()


async def put_question(message: str, schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """Put a server's question and return the answers by field, or None for a no.

    A list is shown ticked and can be unticked; a text is shown and goes as it is.
    """
    fields: Mapping[str, Mapping[str, Any]] = schema["properties"]
    say_question(*message.splitlines())
    answers = {name: field["default"] for name, field in fields.items()}
    choices = next((name for name, field in fields.items() if field.get("type") == "array"), "")
    every: list[str] = list(answers.get(choices, []))
    ticked = dict.fromkeys(every, True)
    for name in answers:
        if name != choices:
            say(f"{INDENT}│ {fields[name].get('title', name)}: {answers[name]}")
    _say_choices(ticked)
    if not has_person():
        say_question(NOBODY)
        return None
    if every:
        say_question(HELP)
    while True:
        said = (await _line(f"{INDENT}│ Send this to Kitsu? [y/N] ")).split()
        numbers = [int(word) for word in said if word.isdigit()]
        if numbers and len(numbers) == len(said) and all(1 <= number <= len(every) for number in numbers):
            for number in numbers:
                ticked[every[number - 1]] ^= True
            _say_choices(ticked)
        elif len(said) == 1 and said[0].casefold() in YES:
            return answers | ({choices: [entry for entry in every if ticked[entry]]} if choices else {})
        else:
            return None


def say_question(*lines: str) -> None:
    """Lines of a question, none wider than the terminal but those that cannot be parted."""
    before = f"{INDENT}│ "
    for line in lines:
        for part in textwrap.wrap(line, _width() - len(before), break_long_words=False, break_on_hyphens=False) or [""]:
            say(f"{before}{part}")


async def put_yes_or_no(question: str) -> bool:
    """What the person answers; anything but a yes is a no."""
    return (await _line(f"{INDENT}│ {question} [y/N] ")).strip().casefold() in YES


def _say_choices(ticked: Mapping[str, bool]) -> None:
    for number, (entry, is_ticked) in enumerate(ticked.items(), 1):
        say(f"{INDENT}│ [{'x' if is_ticked else ' '}] {number}  {entry}")


async def _line(prompt: str) -> str:
    """A line from the terminal, waited for so that Ctrl-C ends the waiting."""
    sys.stdout.write(prompt)
    sys.stdout.flush()
    await anyio.wait_readable(sys.stdin.fileno())
    return sys.stdin.readline()


def _width() -> int:
    return max(40, shutil.get_terminal_size().columns)
