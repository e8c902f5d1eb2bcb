"""Every setting of the server, from the environment, in one class.

Empty or blank means unset everywhere, and so does a placeholder: hosts pass an option that was left empty as an empty
variable, or as the `${user_config.…}` that they did not fill.
"""

import csv
import json
import os
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from platformdirs import user_cache_path, user_state_path
from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from kitsu_tools.catalog import BY_CHOICE, BY_DEFAULT, TOOLSETS, Entry, Toolset, offered
from kitsu_tools.gate.asking import Confirm
from kitsu_tools.read.admission import Wish, wish
from kitsu_tools.tracker.connection import Credentials, Network, Proxy
from kitsu_tools.tracker.kitsu import Caller, Studio
from kitsu_tools.tracker.statuses import ROLES, Role

APPLICATION = "mcp-server-kitsu"
PLACEHOLDER = re.compile(r"\$\{.*?\}", re.DOTALL)
NO_ADDRESS = re.compile(
    r"[\s\\%?#]|/api/.|/(login|my-tasks|my-checks|all-tasks|open-productions|news-feed|entity-search)(/|$)"
    r"|/[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}(/|$)",
    re.IGNORECASE,
)
"""What stands in links to Kitsu's pages and in no prefix below which Kitsu was put."""


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError("there is no such home folder") from None


def _proxy(address: str) -> str:
    try:
        usable = Proxy.of(address, "KITSU_PROXY").usable
    except ValueError:
        usable = False
    if address and not usable:
        raise ValueError("this is not the address of a proxy; write http://proxy.example.com:3128")
    return address


def _page_hosts(addresses: str) -> tuple[str, ...]:
    try:
        return tuple(api_address(one) for one in addresses.split(",") if one.strip())
    except SettingsError:
        raise ValueError("write addresses of Kitsu's pages, comma separated: https://kitsu.example.com") from None


def _names(text: str) -> tuple[str, ...]:
    """`one, two`, as in a line of a CSV file: a name that holds a comma stands in quotes."""
    names = next(csv.reader([" ".join(text.splitlines())], skipinitialspace=True))
    return tuple(name.strip() for name in names if name.strip())


def _event_host(address: str) -> str:
    if not address:
        return ""
    try:
        return api_address(address).removesuffix("/api")
    except SettingsError:
        raise ValueError("write the address that Kitsu's event stream has, such as https://kitsu.example.com") from None


def _toolsets(text: str) -> tuple[str, ...]:
    names = _names(text.casefold())
    if names == ("all",):
        return TOOLSETS
    if not names or not {*TOOLSETS, "default"}.issuperset(names):
        given = f"write some of {', '.join(TOOLSETS)}, comma separated, or all"
        raise ValueError(f"{given}; left out, or default: all but {', '.join(BY_CHOICE)}")
    return tuple(one for one in TOOLSETS if one in names or ("default" in names and one in BY_DEFAULT))


def _folders(paths: str) -> tuple[Path, ...]:
    folders = tuple(_expanded(Path(one.strip())) for one in paths.split(os.pathsep) if one.strip())
    if not all(folder.is_absolute() for folder in folders):
        raise ValueError(f"write whole paths of folders, with {os.pathsep!r} between several")
    return folders


def _cache(text: str) -> Path | None:
    """The folder, None for none: also where this machine has none for the user, whose home is not known."""
    if text.casefold() == "off":
        return None
    if not text:
        folder = user_cache_path(APPLICATION)
        return folder if folder.is_absolute() else None
    folder = _expanded(Path(text))
    if not folder.is_absolute():
        raise ValueError("write the whole path of a folder, or off")
    return folder


def _pairs(text: str) -> dict[str, str]:
    """`approved=done, cbb=retake`, or the same as a JSON object."""
    if text.lstrip().startswith("{"):
        pairs: dict[str, Any] = json.loads(text)
    else:
        pairs = dict(pair.split("=", 1) for pair in text.split(",") if pair.strip())
    return {name.strip().casefold(): str(role).strip().casefold() for name, role in pairs.items()}


HomePath = Annotated[Path, AfterValidator(_expanded)]
"""A path in which `~` is the home folder: hosts pass variables on without a shell."""


def _filled(name: str, value: str) -> bool:
    """Whether somebody set this variable. A password may hold `${…}` among other characters; nothing else does. Of what
    keeps something away that much counts which was filled: without it, all would be open.
    """
    in_part = name.casefold().endswith(("password", "_toolsets", "_projects"))
    found = PLACEHOLDER.fullmatch if in_part else PLACEHOLDER.search
    return bool(value.strip()) and not found(value.strip())


def _unfilled_variables() -> list[str]:
    """The settings' variables in this environment whose placeholders the host left as they were."""
    known: set[str] = set()
    for field in Settings.model_fields.values():
        alias = field.validation_alias
        known |= {str(one) for one in (alias.choices if isinstance(alias, AliasChoices) else [alias])}
    return sorted(
        name
        for name, value in os.environ.items()
        if name.upper() in known and value.strip() and not _filled(name, value)
    )


class SettingsError(Exception):
    """A setting that cannot be used, in words for the person who set it."""


class Settings(BaseSettings):
    """What the operator set. Secrets never show in `repr`, logs or errors."""

    model_config = SettingsConfigDict(
        alias_generator=lambda field: f"KITSU_{field.upper()}",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
        validate_default=False,
    )

    host: str = Field("", validation_alias=AliasChoices("KITSU_HOST", "TRACKER_URL"))
    bot_token: SecretStr = SecretStr("")
    bot_token_file: HomePath | None = None
    login: str = Field("", validation_alias=AliasChoices("KITSU_LOGIN", "TRACKER_LOGIN"))
    password: SecretStr = Field(SecretStr(""), validation_alias=AliasChoices("KITSU_PASSWORD", "TRACKER_PASSWORD"))
    project: str = Field("", validation_alias=AliasChoices("KITSU_PROJECT", "TRACKER_PROJECT"))
    user: str = ""
    time_zone: str = Field("", validation_alias="KITSU_TIMEZONE")
    status_roles: Annotated[dict[str, Role], NoDecode, BeforeValidator(_pairs)] = Field(default_factory=dict[str, Role])
    confirm: Annotated[Confirm, BeforeValidator(str.lower)] = "auto"
    answer_seconds: float | None = Field(None, gt=0, le=900)
    journal: HomePath = Field(default_factory=lambda: user_state_path(APPLICATION) / "journal.sqlite3")
    connect_seconds: float = Field(5.0, gt=0, le=120)
    read_seconds: float = Field(30.0, gt=0, le=600)
    ca_bundle: HomePath | None = None
    proxy: Annotated[str, AfterValidator(_proxy)] = Field("", repr=False)
    headers_file: HomePath | None = None
    page_hosts: Annotated[
        tuple[str, ...], NoDecode, BeforeValidator(_page_hosts), Field(validation_alias="KITSU_PAGE_HOST")
    ] = ()
    live: Annotated[Literal["auto", "off"], BeforeValidator(str.lower)] = "auto"
    cache: Annotated[Path | None, BeforeValidator(_cache)] = Field(default_factory=lambda: _cache(""))
    event_host: Annotated[str, AfterValidator(_event_host)] = ""
    toolsets: Annotated[tuple[Toolset, ...], NoDecode, BeforeValidator(_toolsets)] = BY_DEFAULT
    only: Annotated[
        tuple[str, ...] | None, NoDecode, BeforeValidator(_names), Field(validation_alias="KITSU_PROJECTS")
    ] = None
    read_only: bool = False
    folders: Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_folders)] = ()
    channel: Annotated[Wish | None, NoDecode, BeforeValidator(wish)] = None
    actions: bool = False
    actions_port: int = Field(17843, ge=1024, le=65535)
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)] = "WARNING"

    _wrong: str = PrivateAttr("")
    _unfilled: list[str] = PrivateAttr(default_factory=_unfilled_variables)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        *others: PydanticBaseSettingsSource,  # noqa: ARG003
        **named: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment alone, without the variables that nobody filled, nor the blanks around a value. A password's
        may be its own.
        """
        source = EnvSettingsSource(settings_cls)
        filled = {name: value for name, value in source.env_vars.items() if value and _filled(name, value)}
        source.env_vars = {n: one if n.casefold().endswith("password") else one.strip() for n, one in filled.items()}
        return (source,)

    @model_validator(mode="after")
    def _off_only_reads(self) -> Self:
        """Where nobody may be asked, nothing is written: the two settings are one."""
        self.read_only |= self.confirm == "off"
        return self

    @cached_property
    def credentials(self) -> Credentials:
        """How to sign in, or what is missing for it."""
        return Credentials(
            host=api_address(self.host) if self.host else "",
            bot_token=self.bot_token.get_secret_value(),
            bot_token_file=None if self.bot_token.get_secret_value() else self.bot_token_file,
            login=self.login,
            password=self.password.get_secret_value(),
            missing=self._missing(),
        )

    @property
    def network(self) -> Network:
        """How to reach Kitsu."""
        return Network(self.connect_seconds, self.read_seconds, self.ca_bundle, self.proxy, self.headers_file)

    @property
    def tools(self) -> list[Entry]:
        """What the server lists and lets be called."""
        return offered(self.toolsets, read_only=self.read_only)

    @property
    def studio(self) -> Studio:
        """The Kitsu that the server is for."""
        host = self.credentials.host
        return Studio(
            host,
            self.network,
            self.status_roles,
            self.page_hosts,
            self.only,
            self.folders,
            self.event_host or host.removesuffix("/api"),
            self.live == "auto",
            self.cache,
        )

    @property
    def caller(self) -> Caller:
        """Who asks where the server has one caller: whoever started it."""
        return Caller(self.credentials, self.user, self.project, self.time_zone)

    @property
    def unfilled(self) -> str:
        """Which variables hold a placeholder in place of a value, in a sentence; empty when none does."""
        names = ", ".join(self._unfilled)
        return names and f"The host filled no value into {names}: a placeholder such as ${{…}} counts as unset."

    def with_reason(self, wrong: str) -> Self:
        """Itself, answering every request to Kitsu with what is wrong."""
        self._wrong = wrong
        return self

    def _missing(self) -> str:
        if self._wrong:
            return f"{self._wrong} Correct it in the server's environment and restart it."
        has_token = bool(self.bot_token.get_secret_value()) or self.bot_token_file is not None
        wanted: list[str] = []
        if not self.host:
            wanted.append("KITSU_HOST (the address of your Kitsu, such as https://kitsu.example.com)")
        if not has_token and not (self.login and self.password.get_secret_value()):
            wanted.append(
                "KITSU_BOT_TOKEN (Kitsu: Admin, Bots), KITSU_BOT_TOKEN_FILE, or KITSU_LOGIN with KITSU_PASSWORD"
            )
        if not wanted:
            return ""
        why = f" {self.unfilled}" if self.unfilled else ""
        return f"No Kitsu is configured. Set {' and '.join(wanted)} in the server's environment and restart it.{why}"


def load() -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: one of them cannot be used; says which and what is valid. Never holds a value.
    """
    try:
        settings = Settings()  # pyright: ignore[reportCallIssue]  every field comes from the environment
        _ = settings.credentials
    except ValidationError as error:
        raise SettingsError(" ".join(map(_complaint, error.errors(include_url=False, include_input=False)))) from None
    return settings


def unusable(reason: SettingsError) -> Settings:
    """Settings for a server that has none it can use: nothing is set, and every request to Kitsu answers the reason."""
    return Settings.model_construct().with_reason(str(reason))


def api_address(host: str) -> str:
    """The address of Zou's API: with a scheme, with `/api`, without a slash at the end.

    Raises:
        SettingsError: it is not an http(s) address.
    """
    wrong = SettingsError("KITSU_HOST is not an http or https address. Write https://kitsu.example.com.")
    address = host.strip()
    if "://" not in address:
        address = f"https://{address}"
    address = address.rstrip("/")
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in {"http", "https"} or parts.hostname in {None, "http", "https"}:
        raise wrong
    if parts.username or parts.password:
        raise SettingsError("KITSU_HOST holds a user name or password. Set KITSU_LOGIN and KITSU_PASSWORD instead.")
    rest = address.partition("://")[2]
    if NO_ADDRESS.search(rest) or not rest.isprintable():
        raise SettingsError(
            "KITSU_HOST is the address of a page or of a request, or holds characters that no address does. Write the "
            "part that all of Kitsu's pages share alone, such as https://kitsu.example.com."
        )
    address = f"{parts.scheme}://{rest}"
    return address if address.endswith("/api") else f"{address}/api"


def _complaint(error: Any) -> str:  # noqa: ANN401  pydantic's ErrorDetails, which hides the value here
    name = str(error["loc"][0])
    message = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    if name == "KITSU_STATUS_ROLES":
        message = f"write status=role, status=role with the roles {', '.join(ROLES)}"
    if name in {"KITSU_READ_ONLY", "KITSU_ACTIONS"}:
        message = "write true or false"
    return f"{name}: {message}."
