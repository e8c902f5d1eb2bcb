"""A new studio in an empty database: schema, reference data, the admin, one bot a role.

Runs in the Zou process that is about to serve: each `zou` command would pay 2.5 s of imports again.
"""

from __future__ import annotations

import contextlib
import io
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

ROLES = ("admin", "manager", "supervisor", "user", "client", "vendor")


def provision(app: Flask, tokens: Path) -> None:
    """Do what `zou init-db`, `init-data`, `create-admin` and `create-bot` do; the bots' tokens go into `tokens`."""
    from alembic import command
    from zou import cli
    from zou.app.commands import commands_service
    from zou.app.services import persons_service
    from zou.app.utils import auth

    with contextlib.redirect_stdout(io.StringIO()):
        command.upgrade(cli._get_alembic_config(), "head")  # noqa: SLF001
        commands_service.init_data(domain="3d")
    with app.app_context():
        password = auth.encrypt_password(os.environ["SANDBOX_PASSWORD"])
        persons_service.create_person(os.environ["SANDBOX_ADMIN_EMAIL"], password, "Super", "Admin", role="admin")
        for role in ROLES:
            bot = persons_service.create_person(
                f"{role}-bot@example.com", None, f"{role.title()} Bot", "", role=role, is_bot=True
            )
            file = tokens / f"{role}.token"
            file.touch(0o600)
            file.write_text(bot["access_token"])
