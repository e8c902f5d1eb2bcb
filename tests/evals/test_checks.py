"""The checks that look into an answer's code."""

from __future__ import annotations

import pytest

from evals.checks import CHECKS

START = 'import os\nimport gazu\nkitsu = gazu.client.create_client(os.environ["KITSU_HOST"])\n'


def found(check: str, code: str) -> list[str]:
    return CHECKS[check](f"Here it is:\n```python\n{START}{code}\n```\nDone.")


@pytest.mark.parametrize("check", CHECKS)
def test_good_code_passes(check: str) -> None:
    assert found(check, 'print(gazu.project.get_project_by_name("Salt Harbour", client=kitsu))') == []


@pytest.mark.parametrize(
    ("check", "code", "reason"),
    [
        ("gazu_calls_exist", "gazu.shot.get_all_the_shots()", "has no gazu.shot.get_all_the_shots"),
        ("gazu_calls_exist", "gazu.project.get_project(client=kitsu)", "missing a required argument: 'project_id'"),
        ("gazu_calls_exist", "gazu.project.get_project('x', page=1)", "unexpected keyword argument 'page'"),
        ("gazu_calls_exist", "for", "does not parse"),
        ("client_is_explicit", "gazu.project.all_projects()", "gazu.project.all_projects(…) is not given the client"),
        ("token_from_environment", "gazu.log_in('a', 'b', client=kitsu)", "signs in with a password"),
    ],
)
def test_bad_code_does_not(check: str, code: str, reason: str) -> None:
    (said,) = found(check, code)
    assert reason in said
