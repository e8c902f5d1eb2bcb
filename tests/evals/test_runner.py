"""The runner with an agent that is a real command: what it is given, how it may fail, what is said in the end."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from evals.__main__ import FAILED, PASSED, UNUSABLE, chosen, main, parser, play_all
from evals.agents import CommandAgent, Turn
from evals.proxy import NotASandbox, require_sandbox
from evals.runner import ROOT, ask, play
from evals.scoring import says
from evals.state import UnknownName
from evals.task import Step, TaskError, read_all
from kitsu_sandbox import web

if TYPE_CHECKING:
    from kitsu_sandbox.lifecycle import Sandbox
    from support.client import Mode

HERE = Path(__file__).parent
TASKS = read_all()
GO_ROUND = """
import json, sys, urllib.request
(server,) = json.load(open(sys.argv[1]))["mcpServers"].values()
headers = {"Authorization": "Bearer " + server["env"]["KITSU_BOT_TOKEN"], "Content-Type": "application/json"}
def ask(path, method="GET", body=None):
    request = urllib.request.Request(server["env"]["KITSU_HOST"] + path, body, headers, method=method)
    return json.load(urllib.request.urlopen(request))
production = ask("/data/projects/open")[0]["id"]
ask("/data/projects/" + production, "PUT", json.dumps({"description": "Mine now."}).encode())
print("13")
"""


def scripted(scripts: Path = HERE / "good.toml", mode: Mode = "auto") -> str:
    agent = shlex.join([sys.executable, str(HERE.parent / "support" / "scripted_agent.py"), str(scripts)])
    return f"{agent} {{task}} {{prompt}} {{mcp_config}} {mode}"


def test_a_command_plays_a_task_through_the_proxy(stage: Sandbox, tmp_path: Path, mode: Mode) -> None:
    result = play(TASKS["automation"], CommandAgent(scripted(mode=mode)), stage, tmp_path / "trial")
    assert result.failures == []
    assert [call.name for call in result.transcript.calls] == ["change_status"]
    assert len(result.transcript.questions) == 1
    assert 0 < result.transcript.tokens < result.transcript.listed_tokens


def test_a_crash_is_named_with_its_last_words_and_the_state_still_counts(stage: Sandbox, tmp_path: Path) -> None:
    agent = CommandAgent(shlex.join(["sh", "-c", "echo out of credit >&2; exit 3"]))
    result = play(TASKS["mention-comment"], agent, stage, tmp_path / "trial")
    assert result.failures == [
        "agent: ended with exit code 3: out of credit",
        "Kitsu: Salt Harbour/SQ010/SH0020:Animation has no new comment",
    ]


def test_an_agent_that_hangs_is_ended_with_its_server(stage: Sandbox, tmp_path: Path) -> None:
    scripts = tmp_path / "scripts.toml"
    scripts.write_text("[review-count]\nhangs = true")
    result = play(TASKS["review-count"], CommandAgent(scripted(scripts), seconds=2), stage, tmp_path / "trial")
    assert result.failures == ["agent: no answer within 2 s"]


def test_what_goes_round_the_gate_is_found_out(stage: Sandbox, tmp_path: Path) -> None:
    agent = CommandAgent(shlex.join([sys.executable, "-c", GO_ROUND, "{mcp_config}"]))
    result = play(TASKS["review-count"], agent, stage, tmp_path / "trial")
    assert result.failures == ["Kitsu: api_event added ×1", "Kitsu: project changed ×1"]


def test_a_command_that_does_not_exist_is_said(stage: Sandbox, tmp_path: Path) -> None:
    result = play(TASKS["review-count"], CommandAgent("no-such-agent {prompt}"), stage, tmp_path / "trial")
    assert result.failures[0].startswith("agent: did not start: ")


def test_an_agent_gets_question_configuration_and_folder_and_none_of_our_settings(
    stage: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITSU_HOST", "https://kitsu.example.com/api")
    tell = "import os, sys; print(sys.argv[1:], os.getcwd(), os.environ['HOME'], os.environ.get('KITSU_HOST'))"
    agent = CommandAgent(
        shlex.join([sys.executable, "-c", tell, "{prompt}", "--config={mcp_config}"]), scratch_home=True
    )
    folder = tmp_path / "trial"
    result = play(TASKS["pasted-link"], agent, stage, folder)
    question, config = result.answer.split("', '--config=")
    assert question.startswith("['What do I have to fix here")
    assert "{" not in question
    assert config == f"{folder / 'mcp.json'}'] {folder} {folder} None"
    (server,) = json.loads((folder / "mcp.json").read_text())["mcpServers"].values()
    assert server["env"]["KITSU_HOST"] == stage.connection().host


@pytest.mark.parametrize(
    ("printed", "answer", "failure"),
    [
        ('{"result": " 13 tasks ", "usage": {"input_tokens": 5}}', "13 tasks", ""),
        ('[{"type": "system"}, {"type": "result", "result": "13"}]', "13", ""),
        ('{"result": "no credit", "is_error": true}', "", "its host reports an error: no credit"),
        ("13 tasks", "", "printed no JSON: '13 tasks'"),
    ],
)
def test_an_answer_is_read_out_of_json(tmp_path: Path, printed: str, answer: str, failure: str) -> None:
    agent = CommandAgent(shlex.join(["printf", "%s", printed]), "json")
    said = agent.ask(Turn("review-count", "How many?", tmp_path / "mcp.json", tmp_path))
    assert (said.answer, said.failure) == (answer, failure)


def test_a_run_says_a_table_writes_everything_and_ends_by_the_pass_rate(
    stage: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "results.json"
    given = ["review-count", "omitted-shots", "--agent", "echo 13", "--results", str(record)]

    def run(*more: str) -> int:
        options = parser().parse_args([*given, *more])
        return play_all(chosen(options.task), options, stage, tmp_path / "-".join(["run", *more]))

    assert run() == FAILED
    said = capsys.readouterr().out
    assert "review-count   1/1     0 of 4  0 of 2000" in said
    assert "omitted-shots #1: answer: does not say '11'" in said
    assert "1 of 2 trials passed (50%). In 2 the agent never asked for the server's tools" in said
    trials = json.loads(record.read_text())["trials"]
    assert [(one["task"], one["passed"], one["calls"]) for one in trials] == [
        ("review-count", True, 0),
        ("omitted-shots", False, 0),
    ]
    assert run("--pass-rate", "0.5") == PASSED


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such-task"], "There is no task no-such-task"),
        (["review-count"], "which command to play"),
        (["review-count", "--agent", "no-such-agent {prompt}"], "there is no program no-such-agent"),
        (["review-count", "--agent", '"unbalanced'], "--agent: No closing quotation"),
        (["review-count", "--agent", "true", "--server", "it's"], "--server: No closing quotation"),
    ],
)
def test_what_cannot_be_played_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == UNUSABLE
    assert said in capsys.readouterr().err


def test_tasks_are_listed_with_what_they_are_about(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == PASSED
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == list(TASKS)


def test_a_name_that_the_sandbox_has_not_is_an_error(stage: Sandbox, tmp_path: Path) -> None:
    question = "{task:Salt Harbour/SQ999/SH0010:Animation}"
    wrong = TASKS["review-count"].model_copy(update={"question": question})
    with pytest.raises(UnknownName, match="the sandbox has 0 of them"):
        play(wrong, CommandAgent("true"), stage, tmp_path / "trial")


def test_a_setup_that_kitsu_refuses_is_an_error(stage: Sandbox, tmp_path: Path) -> None:
    step = Step(method="POST", path="actions/tasks/{task:Salt Harbour/SQ010/SH0020:Animation}/comment", body={})
    wrong = TASKS["review-count"].model_copy(update={"setup": [step]})
    with pytest.raises(TaskError, match=r"review-count: POST actions/tasks/.*: HTTP 400"):
        play(wrong, CommandAgent("true"), stage, tmp_path / "trial")


def settings_of(sandbox: Sandbox, **other: str) -> dict[str, str]:
    kitsu = sandbox.connection()
    return {"KITSU_HOST": kitsu.host, "KITSU_BOT_TOKEN": kitsu.token("user").strip()} | other


def test_the_proxy_takes_the_sandbox(sandbox: Sandbox) -> None:
    require_sandbox(settings_of(sandbox), sandbox.state)


@pytest.mark.parametrize(
    "host",
    [
        "https://kitsu.example.com/api",
        "http://127.0.0.1@kitsu.example.com/api",
        "http://127.0.0.1.example.com/api",
        "http://10.0.0.5:8080/api",
        "http://127.0.0.1:8080/api",
        "http://localhost:8080/api",
        "",
    ],
)
def test_the_proxy_takes_no_other_kitsu_not_even_on_this_machine(sandbox: Sandbox, host: str) -> None:
    with pytest.raises(NotASandbox, match="confirms changes without a person"):
        require_sandbox(settings_of(sandbox, KITSU_HOST=host), sandbox.state)


@pytest.mark.parametrize("token", ["", "of-a-studio"])
def test_the_proxy_takes_no_token_but_the_sandboxes_own(sandbox: Sandbox, token: str) -> None:
    with pytest.raises(NotASandbox, match="none of that sandbox's") as refused:
        require_sandbox(settings_of(sandbox, KITSU_BOT_TOKEN=token), sandbox.state)
    assert "of-a-studio" not in str(refused.value)


def test_the_proxy_takes_no_folder_that_is_no_sandbox(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(NotASandbox, match="There is no sandbox in"):
        require_sandbox(settings_of(sandbox), tmp_path / "none")


def proxied(
    environment: dict[str, str], sandbox: Path, folder: Path, *command: str
) -> subprocess.CompletedProcess[str]:
    (folder / "gate.json").write_text("{}")
    options = ["--gate", str(folder / "gate.json"), "--log", str(folder / "log"), "--sandbox", str(sandbox)]
    return subprocess.run(
        [sys.executable, "-m", "evals.proxy", *options, "--", *command],
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]} | environment,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_proxy_does_not_start_a_server_for_a_studio(sandbox: Sandbox, tmp_path: Path) -> None:
    studio = settings_of(sandbox, KITSU_HOST="https://kitsu.example.com/api")
    done = proxied(studio, sandbox.state, tmp_path, "touch", str(tmp_path / "started"))
    assert done.returncode == 2
    assert "confirms changes without a person" in done.stderr
    assert not (tmp_path / "started").exists()


ELSEWHERE = "http://elsewhere.example.com:3128"


def test_nothing_that_could_lead_elsewhere_reaches_the_server(sandbox: Sandbox, tmp_path: Path) -> None:
    good = settings_of(sandbox, KITSU_USER="Theo Marchand", KITSU_JOURNAL=str(tmp_path / "journal.sqlite3"))
    names = ["KITSU_host", "kitsu_host", "kitsu_bot_token", "Kitsu_Bot_Token", "KITSU_PROXY", "KITSU_proxy"]
    names += ["kitsu_proxy", "KITSU_CA_BUNDLE", "KITSU_BOT_TOKEN_FILE", "KITSU_LOGIN", "KITSU_PASSWORD"]
    names += ["KITSU_CONFIRM", "TRACKER_URL", "tracker_url", "TRACKER_LOGIN", "TRACKER_PASSWORD", "TRACKER_PROJECT"]
    names += ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "no_proxy"]
    note = tmp_path / "environment.json"
    tell = "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w'))"
    proxied(good | dict.fromkeys(names, ELSEWHERE), sandbox.state, tmp_path, sys.executable, "-c", tell, str(note))
    reached = json.loads(note.read_text())
    of_the_system = {"HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "LC_CTYPE", "__CF_USER_TEXT_ENCODING"}
    assert {name: value for name, value in reached.items() if name not in of_the_system} == good | {"NO_PROXY": "*"}
    assert ELSEWHERE not in reached.values()


def test_the_admins_token_goes_to_the_sandbox_whatever_proxy_is_set(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(0)
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        ask(sandbox.connection(), "GET", "auth/authenticated")
        assert web.answers(int(sandbox.connection().event_host.rpartition(":")[2]), sandbox.state)
        with pytest.raises(BlockingIOError):
            proxy.accept()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("name = ", "Invalid value"),
        ('about = "x"', "question"),
        ('surprise = "x"', "surprise"),
    ],
)
def test_a_task_file_that_is_wrong_is_named(tmp_path: Path, text: str, wrong: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(TaskError, match=rf"(?s)mine\.toml: .*{wrong}"):
        read_all(tmp_path)


def test_a_task_that_writes_must_say_what_the_person_answers(tmp_path: Path) -> None:
    text = (ROOT / "evals" / "tasks" / "mention-comment.toml").read_text()
    (tmp_path / "mine.toml").write_text(text.replace("[gate]", ""))
    with pytest.raises(TaskError, match="must say what the person answers"):
        read_all(tmp_path)


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("**13** tasks", "13"),
        ("Thirteen tasks.", "13"),
        ("It is 13.", "13"),
        ("1,440 minutes", "1440"),
        ("the weight‑shift is off", "weight-shift"),
        ("It isn’t allowed", "isn't allowed"),
        ("`SQ010/SH0020`", "SH0020"),
        ("@Theo Marchand: look", "@Theo Marchand"),
    ],
)
def test_a_wanted_text_is_found(answer: str, wanted: str) -> None:
    assert says(answer, wanted)


@pytest.mark.parametrize(
    ("answer", "wanted"), [("113", "13"), ("13.5", "13"), ("SH0130", "13"), ("thirteenth", "13"), ("none", "one")]
)
def test_a_text_within_another_is_not_found(answer: str, wanted: str) -> None:
    assert not says(answer, wanted)
