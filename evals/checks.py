"""Checks of an answer that are more than its words; a task names them in `answer.checks`.

A check takes the final answer and returns what is wrong with it. It only looks: nothing of an answer is ever run.
"""

from __future__ import annotations

import ast
import inspect
import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import gazu

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FENCE = re.compile(r"```(?:python|py)\n(.*?)```", re.DOTALL)


def gazu_calls_exist(answer: str) -> list[str]:
    """The code calls functions that this gazu has, with arguments that they take."""
    return _of_code(answer, lambda tree: [reason for call in _gazu_calls(tree) if (reason := _fault(*call))])


def client_is_explicit(answer: str) -> list[str]:
    """The code makes a client of its own and gives it to every call that takes one."""

    def faults(tree: ast.AST) -> list[str]:
        calls = list(_gazu_calls(tree))
        found = [] if any(name == "gazu.client.create_client" for name, _ in calls) else ["the code makes no client"]
        without = [name for name, call in calls if _takes_client(name) and not _names_client(call)]
        return found + [f"{name}(…) is not given the client" for name in without]

    return _of_code(answer, faults)


def token_from_environment(answer: str) -> list[str]:
    """The code signs in with a token out of the environment, and has no password in it."""

    def faults(tree: ast.AST) -> list[str]:
        code = ast.unparse(tree)
        found = [] if re.search(r"environ|getenv", code) else ["the code reads nothing from the environment"]
        return found + (["the code signs in with a password"] if "log_in(" in code else [])

    return _of_code(answer, faults)


CHECKS: dict[str, Callable[[str], list[str]]] = {
    check.__name__: check for check in (gazu_calls_exist, client_is_explicit, token_from_environment)
}


def _of_code(answer: str, faults: Callable[[ast.AST], list[str]]) -> list[str]:
    blocks = _FENCE.findall(answer)
    if not blocks:
        return ["there is no block of Python"]
    try:
        return faults(ast.parse("\n".join(blocks)))
    except SyntaxError as error:
        return [f"the code does not parse: {error}"]


def _gazu_calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("gazu."):
            yield ast.unparse(node.func), node


def _fault(name: str, call: ast.Call) -> str:
    function = _found(name)
    if function is None:
        return f"gazu {version('gazu')} has no {name}"
    if any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
        return ""
    try:
        inspect.signature(function).bind(*call.args, **{one.arg: one.value for one in call.keywords if one.arg})
    except TypeError as error:
        return f"{name}: {error}"
    return ""


def _found(name: str) -> Callable[..., Any] | None:
    found: Any = gazu
    for part in name.split(".")[1:]:
        found = getattr(found, part, None)
    return found if callable(found) else None


def _takes_client(name: str) -> bool:
    function = _found(name)
    return function is not None and "client" in inspect.signature(function).parameters


def _names_client(call: ast.Call) -> bool:
    return any(one.arg in {"client", None} for one in call.keywords)
