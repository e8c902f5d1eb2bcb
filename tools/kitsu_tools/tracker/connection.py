"""Where Kitsu is, how to sign in and how to reach it."""

from dataclasses import dataclass, field
from pathlib import Path

from kitsu_tools.tracker.errors import NotConfigured


@dataclass(frozen=True)
class Credentials:
    """Address and credential. Secrets stay out of `repr`.

    `host` ends with `/api`. One of `bot_token`, `bot_token_file`, or `login` with `password` is set; when none is,
    `missing` says what to configure, and every request answers with it.
    """

    host: str = ""
    bot_token: str = field(default="", repr=False)
    bot_token_file: Path | None = None
    login: str = ""
    password: str = field(default="", repr=False)
    missing: str = ""

    @property
    def has_token(self) -> bool:
        """True for a bot token, given or in a file; else login and password are used."""
        return bool(self.bot_token) or self.bot_token_file is not None

    def token(self) -> str:
        """The bot token as it is now: a file is read again each time, so that a renewed token is taken up.

        Raises:
            NotConfigured: the file cannot be read or is empty.
        """
        if self.bot_token_file is None:
            return _whole(self.bot_token, "KITSU_BOT_TOKEN")
        try:
            token = self.bot_token_file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not a text file"
            raise NotConfigured(
                f"Cannot read the bot token file {self.bot_token_file}: {why}. Check KITSU_BOT_TOKEN_FILE."
            ) from error
        if not token:
            raise NotConfigured(f"The bot token file {self.bot_token_file} is empty. Put the bot's token into it.")
        return _whole(token, f"The bot token file {self.bot_token_file}")


def _whole(token: str, where: str) -> str:
    """A token as one word; the message holds none of it."""
    if not token.isascii() or len(token.split()) != 1:
        raise NotConfigured(
            f"{where} does not hold a token: a token is one word without blanks, as Kitsu showed it when the bot was "
            "made."
        )
    return token


@dataclass(frozen=True)
class Network:
    """How to reach Kitsu. `proxy` empty: as this machine says (`HTTPS_PROXY`, `NO_PROXY`)."""

    connect_seconds: float = 5.0
    read_seconds: float = 30.0
    ca_bundle: Path | None = None
    proxy: str = field(default="", repr=False)
