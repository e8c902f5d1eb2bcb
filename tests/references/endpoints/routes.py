"""The routes that Zou really has: Flask's map of them, read inside Zou's environment."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kitsu_sandbox import environment, keys, ports, web

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kitsu_sandbox.lifecycle import Sandbox

_ROUTES = """
import json, sys
from zou.app import app
from zou.app.blueprints.crud.base import BaseModelResource, BaseModelsResource

def columns(rule):
    view = getattr(app.view_functions[rule.endpoint], "view_class", None)
    if view is None or not issubclass(view, (BaseModelResource, BaseModelsResource)):
        return {}
    resource = view()
    every = resource.model.__table__.columns
    return {one.name: str(one.type) for one in every if one.name not in resource.protected_fields}

rules = [(one.rule, sorted(one.methods - {"HEAD", "OPTIONS"}), columns(one)) for one in app.url_map.iter_rules()]
json.dump(rules, sys.stdout)
"""

_PAGES_OF_THE_API = re.compile(r"/(docs|apidocs|static)/|/oauth2-redirect|/openapi")
"""Routes that serve the document itself and its pages."""


@dataclass(frozen=True)
class Route:
    """A route of the API, placeholders written as OpenAPI does; `columns` of a record that it writes as it is."""

    path: str
    method: str
    columns: dict[str, str]


def routes(sandbox: Sandbox) -> Iterator[Route]:
    installed = environment.prepare(environment.default_folder(), lambda _: None)
    own, chosen = keys.read(sandbox.state / "secrets"), ports.remembered(sandbox.state / "ports.json")
    assert chosen is not None
    answer = subprocess.run(
        [installed.python, "-IBc", _ROUTES],
        env=web.variables(installed, sandbox.state, chosen, own),
        capture_output=True,
        text=True,
        check=True,
    )
    for rule, methods, columns in json.loads(answer.stdout):
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule)
        if not _PAGES_OF_THE_API.match(path):
            yield from (Route(path, method.lower(), columns) for method in methods)
