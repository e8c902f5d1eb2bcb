"""The sandbox's Zou: one process that answers the API under /api and the event stream under /socket.io."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from kitsu_sandbox import processes
from kitsu_sandbox.ports import LOOPBACK

if TYPE_CHECKING:
    from kitsu_sandbox.environment import Environment
    from kitsu_sandbox.keys import Keys
    from kitsu_sandbox.ports import Ports

NAME = "web"
DATABASE = "zoudb"
ADMIN_EMAIL = "admin@example.com"
PASSWORD = "kitsu-sandbox"  # noqa: S105
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""This machine is asked itself, whatever proxy it has for others."""
_SERVE = Path(__file__).with_name("inside") / "serve.py"


def start(environment: Environment, state: Path, ports: Ports, keys: Keys, *, provision: bool = False) -> None:
    """Start Zou and wait until its API answers; with `provision` it first fills an empty database."""
    if processes.running(state, NAME) is None:
        settings = variables(environment, state, ports, keys)
        if provision:
            settings["SANDBOX_TOKENS"] = str(keys.tokens)
        command = [environment.python, "-IB", _SERVE, LOOPBACK, str(ports.web), state / NAME]
        processes.start(state, NAME, command, environment=settings)
    processes.wait_until(lambda: answers(ports.web, state), state, NAME, seconds=120)


def stop(state: Path) -> bool:
    """Stop Zou. Says whether it ran."""
    return processes.stop(state, NAME)


def answers(port: int, state: Path) -> bool:
    """Whether Zou answers on the port, and for this sandbox: another one's may have been given the same port."""
    try:
        with _DIRECTLY.open(f"http://{LOOPBACK}:{port}/", timeout=5) as front:
            ours = front.read().decode().startswith(f"{state / NAME}\n")
        with _DIRECTLY.open(f"http://{LOOPBACK}:{port}/api/", timeout=5) as answer:
            return ours and answer.status == 200
    except urllib.error.HTTPError as refusal:
        refusal.close()  # it holds the connection open until somebody collects it
        return False
    except (OSError, ValueError):
        return False


def variables(environment: Environment, state: Path, ports: Ports, keys: Keys) -> dict[str, str]:
    """Zou's settings: nothing leaves the machine, neither mail nor telemetry nor look-ups of mail domains."""
    folders = {
        "PREVIEW_FOLDER": state / "previews",
        "TMP_DIR": state / "tmp",
        "PLUGIN_FOLDER": state / "plugins",
        "EVENT_HANDLERS_FOLDER": state / "event_handlers",
    }
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
    inherited = {name: os.environ[name] for name in ("HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return {
        **inherited,
        **{name: str(folder) for name, folder in folders.items()},
        "PATH": os.pathsep.join([str(environment.ffmpeg), os.environ.get("PATH", os.defpath)]),
        "SECRET_KEY": keys.secret_key,
        "DB_HOST": LOOPBACK,
        "DB_PORT": str(ports.postgres),
        "DB_USERNAME": "zou",
        "DB_PASSWORD": keys.password,
        "DB_DATABASE": DATABASE,
        "DB_POOL_SIZE": "10",
        "DB_MAX_OVERFLOW": "40",
        "KV_HOST": LOOPBACK,
        "KV_PORT": str(ports.valkey),
        "KV_PASSWORD": keys.password,
        "DOMAIN_NAME": f"{LOOPBACK}:{ports.web}",
        "DOMAIN_PROTOCOL": "http",
        "EVENT_STREAM_HOST": LOOPBACK,
        "EVENT_STREAM_PORT": str(ports.web),
        "ENABLE_JOB_QUEUE": "false",
        "MAIL_ENABLED": "false",
        "MAIL_CHECK_DELIVERABILITY": "false",
        "IS_SELF_HOSTED": "false",
        "TELEMETRY_URL": f"http://{LOOPBACK}:9/",
        "USER_LIMIT": "1000",
        "DEFAULT_TIMEZONE": "Europe/Paris",
        "BCRYPT_LOG_ROUNDS": "4",
        "SANDBOX_ADMIN_EMAIL": ADMIN_EMAIL,
        "SANDBOX_PASSWORD": PASSWORD,
    }
