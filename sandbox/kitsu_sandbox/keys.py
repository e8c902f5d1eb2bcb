"""What must stay the user's own: the signing key, the servers' password and the bots' tokens."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ROLES = ("admin", "manager", "supervisor", "user", "client", "vendor")
# Enough to try every kind of change on most tasks, and no more.
DEFAULT_ROLE = "supervisor"


@dataclass(frozen=True)
class Keys:
    """The folder (mode 0700) of the secret files (0600), and what was read from them."""

    folder: Path
    secret_key: str
    password: str

    @property
    def tokens(self) -> Path:
        """The folder of the bots' tokens, one file a role."""
        return self.folder / "tokens"

    def token_file(self, role: str) -> Path:
        """The file that holds the token of the bot with this role."""
        return self.tokens / f"{role}.token"


def read(folder: Path) -> Keys:
    """The secrets in `folder`, made at the first call."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "tokens").mkdir(mode=0o700, exist_ok=True)
    return Keys(folder, _secret(folder / "secret_key"), _secret(folder / "password"))


def _secret(file: Path) -> str:
    if not file.exists():
        fresh = file.with_suffix(".new")
        fresh.touch(0o600)
        fresh.write_text(secrets.token_hex(32))
        fresh.replace(file)
    return file.read_text()
