"""Where Kitsu is, how to sign in and how to reach it."""

import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from kitsu_tools.tracker.errors import NotConfigured

ANSWER_SECONDS_PER_READ = 10
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""A header's name, as RFC 9110 has it (`token`)."""
_RESERVED = re.compile(
    r"authorization|host|user-agent|accept-encoding|content-.*|if-.*|range|expect|"
    r"connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade",
    re.IGNORECASE,
)
"""What requests set themselves, and what speaks of one connection only."""


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
            return _one_word(self.bot_token, "KITSU_BOT_TOKEN")
        token = _text(self.bot_token_file, "the bot token file", "KITSU_BOT_TOKEN_FILE").strip()
        if not token:
            raise NotConfigured(f"The bot token file {self.bot_token_file} is empty. Put the bot's token into it.")
        return _one_word(token, f"The bot token file {self.bot_token_file}")


def _one_word(token: str, where: str) -> str:
    """A token as one word; the message holds none of it."""
    if not token.isascii() or not token.isprintable() or len(token.split()) != 1:
        raise NotConfigured(
            f"{where} does not hold a token: a token is one word without blanks, as Kitsu showed it when the bot was "
            "made."
        )
    return token


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy on the way to Kitsu. `address` may hold a login; `source`: the setting that a person would correct."""

    address: str = field(repr=False)
    source: str

    @classmethod
    def of(cls, address: str, source: str) -> "Proxy":
        """The proxy at this address, of whatever scheme.

        Raises:
            ValueError: it is none. Holds nothing of it.
        """
        wrong = ValueError("this is not the address of a proxy")
        try:
            parts = urlsplit(address.strip())
            _ = parts.port, (parts.hostname or "").encode("idna")
            unquote(parts.netloc.rpartition("@")[0]).encode("latin-1")  # all that aiohttp can put into a login
        except ValueError:
            raise wrong from None
        # A bare / ? or # in a password ends the address there, and what was to be hidden stands where the host does.
        if not parts.hostname or "@" in f"{parts.path}{parts.query}{parts.fragment}":
            raise wrong
        return cls(parts.geturl(), source)

    @property
    def usable(self) -> bool:
        """Whether Kitsu can be asked through it."""
        return self.address.startswith(("http://", "https://"))

    def __str__(self) -> str:
        parts = urlsplit(self.address)
        return f"the proxy {parts.scheme}://{parts.netloc.rpartition('@')[2]}, from {self.source}"


@dataclass(frozen=True)
class Network:
    """How to reach Kitsu. `proxy` empty: as this machine says (`HTTPS_PROXY`, `NO_PROXY`).

    `headers_file`: headers for whatever stands in front of Kitsu, such as a sign-in proxy.
    """

    connect_seconds: float = 5.0
    read_seconds: float = 30.0
    ca_bundle: Path | None = None
    proxy: str = field(default="", repr=False)
    headers_file: Path | None = None

    @property
    def answer_seconds(self) -> float:
        """How long one answer may take as a whole: `read_seconds` is the wait for its next piece alone."""
        return self.read_seconds * ANSWER_SECONDS_PER_READ

    def headers(self) -> dict[str, str]:
        """What goes with every request to Kitsu besides our own headers, read again each time as the token is.

        Raises:
            NotConfigured: the file cannot be read, holds no header, or one that cannot be used. Holds no value.
        """
        file = self.headers_file
        if file is None:
            return {}
        found: dict[str, str] = {}
        for number, line in enumerate(_text(file, "the headers file", "KITSU_HEADERS_FILE").splitlines(), start=1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            name, colon, value = (part.strip() for part in line.partition(":"))
            wrong = _wrong_header(name, value) if colon else "write Name: value"
            if name.casefold() in map(str.casefold, found):
                wrong = "this name stands there twice"
            if wrong:
                raise NotConfigured(f"Line {number} of the headers file {file} cannot be used: {wrong}.")
            found[name] = value
        if not found:
            raise NotConfigured(f"The headers file {file} holds no header. Write Name: value into it.")
        return found


def _wrong_header(name: str, value: str) -> str:
    """Why a header cannot be sent, empty when it can. It repeats no name but ours: a wrong line may be all secret."""
    if not _HEADER_NAME.fullmatch(name):
        return "what stands before the colon is not a header's name"
    if _RESERVED.fullmatch(name):
        return f"{name} is set by the requests themselves"
    if not value.isascii() or not value.isprintable() or not value:
        return "its value is empty or holds a character that no header can"
    return ""


def why_no_file(file: Path) -> str:
    """Why this cannot be read as a file, empty when it can: of a pipe or a terminal everything would wait for ever.

    Raises:
        OSError: it is not there, or may not be looked at.
    """
    mode = file.stat().st_mode
    return "" if stat.S_ISREG(mode) or stat.S_ISDIR(mode) else "it is no file but a pipe or a device"


def _text(file: Path, what: str, setting: str) -> str:
    try:
        if why := why_no_file(file):
            raise NotConfigured(f"Cannot read {what} {file}: {why}. Check {setting}.")
        return file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not a text file"
        raise NotConfigured(f"Cannot read {what} {file}: {why}. Check {setting}.") from error
