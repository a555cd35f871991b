"""Every setting of the server, read from `FILROUGE_*` environment variables."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from data.errors import FilrougeError
from data.home import DEFAULT_HOME, Home


class SettingsError(FilrougeError):
    """A `FILROUGE_*` variable holds a value that is not accepted."""

    exit_code = 2


class Settings(BaseSettings):
    """What an organisation may change without touching the code.

    Each field is read from the variable `FILROUGE_` followed by its name in capitals.
    """

    model_config = SettingsConfigDict(env_prefix="FILROUGE_", env_ignore_empty=True, frozen=True, extra="ignore")

    home: Path = Field(Path(DEFAULT_HOME), description="Folder where everything lives; it can be deleted.")
    database_url: str = Field(
        "",
        description="SQLAlchemy address of the work database (`postgresql+psycopg://…`). "
        "It needs the package `psycopg`. Empty: the SQLite file `work.db` of the home.",
    )
    organisation: str = Field("Filrouge", max_length=80, description="Name shown at the head of each page.")
    language: Literal["fr", "en"] = Field(
        "fr", description="Language of the interface for a person who has chosen none and whose browser asks for none."
    )
    timezone: str = Field("Europe/Paris", description="Time zone in which dates and times are shown.")
    today: date | None = Field(
        None, description="Pretend that today is this day (demonstrations on old data). Empty: the real day."
    )
    alerts_per_week: int = Field(
        5, ge=1, le=100, description="New alerts a mentor can carry in any seven days; the threshold follows from it."
    )
    alert_lift: float = Field(
        1.5,
        ge=0,
        description="An alert opens only for a risk at least this many times the average risk of its score run, "
        "so that a mentor whose learners all do well is left in peace.",
    )
    cooldown_days: int = Field(
        14, ge=0, le=365, description="Days after closing during which no new alert opens for the same enrolment."
    )
    session_hours: int = Field(12, ge=1, le=168, description="Hours after which a signed-in person signs in again.")
    sign_in_tries: int = Field(
        5, ge=1, description="Failed sign-ins accepted for one account in a quarter of an hour, before it waits."
    )
    sign_in_tries_per_address: int = Field(
        30, ge=1, description="Failed sign-ins accepted from one address in a quarter of an hour, before it waits."
    )
    oidc_issuer: str = Field(
        "",
        description="Address of the organisation's OpenID Connect provider (`https://…`). Empty: passwords only. "
        "Register the return address `/sign-in/return` there. See accounts.md.",
    )
    oidc_client_id: str = Field("filrouge", description="Name under which this server is registered at the provider.")
    oidc_secret_file: Path | None = Field(
        None, description="File that holds the client's secret, readable by the server only. Empty: a public client."
    )
    oidc_create_role: Literal["", "mentor", "deputy", "course_lead", "data_scientist", "quality"] = Field(
        "",
        description="Role of the account made for a person whom the provider signs in and nobody here is. "
        "Empty: none is made.",
    )
    secure_cookie: Literal["auto", "always"] = Field(
        "auto",
        description="`always`: the session cookie travels over HTTPS only. `auto`: the same, except when the page is "
        "served over plain HTTP on this very machine (127.0.0.1, localhost).",
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("a time zone of the IANA list, such as Europe/Paris") from None
        return name

    @field_validator("oidc_issuer")
    @classmethod
    def _private_issuer(cls, address: str) -> str:
        parts = urlsplit(address)
        local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
        if address and not (parts.hostname and (parts.scheme == "https" or local)):
            raise ValueError("an address in https")
        return address.rstrip("/")

    @property
    def folder(self) -> Home:
        """The home as paths; nothing is created."""
        return Home(self.home.expanduser().absolute())

    @property
    def database(self) -> str:
        """SQLAlchemy address of the work database."""
        return self.database_url or f"sqlite:///{self.folder.work_database}"


def read_settings() -> Settings:
    """Return the settings of the environment.

    Raises
    ------
    SettingsError : a variable holds a value that is not accepted; its name and rule are said, never its value.
    """
    try:
        return Settings()  # type: ignore[call-arg]  # every field has a default
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(
            "a setting is not accepted", where=f"FILROUGE_{name}", accepted=first["msg"].removeprefix("Value error, ")
        ) from None


def reference() -> str:
    """Return the page that lists every setting, `docs/settings.md`."""
    lines = [
        "# Settings",
        "",
        "Every setting is an environment variable. This page is made from `serving/settings.py`; a test says so.",
        "",
        "| variable | default | what it does |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in ("", None) else f"`{field.default}`"
        lines.append(f"| `FILROUGE_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"
