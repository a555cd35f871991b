"""Every setting of the server, read from `FILROUGE_*` environment variables."""

from __future__ import annotations

import re
from datetime import date, time
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from data.errors import FilrougeError
from data.home import DEFAULT_HOME, Home
from serving.alerts.kinds import Rules, read_rules
from serving.retention.policy import RetentionError
from serving.retention.policy import read_rules as retention_rules


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
    privacy_contact: str = Field(
        "", max_length=200, description="Whom learners write to about their data; told in the notice to learners."
    )
    dpo_contact: str = Field(
        "", max_length=200, description="How to reach the data protection officer, if there is one."
    )
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
    figures_by: Literal["month", "quarter", "year"] = Field(
        "quarter",
        description="Shortest calendar period whose figures may leave: month, quarter or year. Choose it once: figures "
        "told by year, then by month, would tell together what each hides.",
    )
    working_days: str = Field(
        "12345",
        pattern="^[1-7]*$",
        description="Days of the week on which alerts open, 1 for Monday; a mentor may have their own.",
    )
    escalate_after_days: int = Field(
        5,
        ge=1,
        le=60,
        description="Working days after which an alert nobody has touched goes to the course lead, until the quality "
        "team sets a procedure that says it (docs/procedure.md).",
    )
    fewest_history_days: int = Field(
        14, ge=0, le=90, description="Days of history under which the model is not believed: rules alone open alerts."
    )
    alert_rules: str = Field(
        "",
        description="Thresholds of the rules that differ from their defaults, such as `silence_days=10, low_nps=4`; "
        "`serving/alerts/kinds.py` lists them.",
    )
    undo_minutes: int = Field(
        10, ge=0, le=60, description="Minutes during which a person may take their last step on an alert back."
    )
    session_hours: int = Field(12, ge=1, le=168, description="Hours after which a signed-in person signs in again.")
    sign_in_tries: int = Field(
        5, ge=1, description="Failed sign-ins accepted for one account in a quarter of an hour, before it waits."
    )
    sign_in_tries_per_address: int = Field(
        30, ge=1, description="Failed sign-ins accepted from one address in a quarter of an hour, before it waits."
    )
    pushes_per_minute: int = Field(
        600,
        ge=1,
        le=100_000,
        description="Requests accepted from one program's key in a minute, statements or records.",
    )
    scores_per_minute: int = Field(
        600,
        ge=1,
        le=10_000_000,
        description="Requests for scores (`POST /api/v1/scores`) accepted from one API token in a minute, "
        "in each server process.",
    )
    live: bool = Field(
        True,
        description="Whether `filrouge serve` imports what programs push as it comes, and looks at its learners again "
        "(docs/live.md). `false`: what is pushed waits for `filrouge live run` or `filrouge import received`.",
    )
    live_seconds: float = Field(
        0.5, ge=0.05, le=3600, description="Seconds between two looks at what programs pushed, in `filrouge serve`."
    )
    live_people: str = Field(
        "", description="The system whose numbers the accounts of pushed xAPI statements are, such as `moodle`."
    )
    live_sessions: str = Field(
        "", description="File that says the session of each IRI of pushed xAPI statements (`--sessions` of the import)."
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

    sources: Path | None = Field(
        None,
        description="File of the sources that `filrouge daily` imports (docs/daily.md). Empty: `sources.toml` of the "
        "home.",
    )
    daily_at: str = Field(
        "",
        description="Hour at which `filrouge serve` starts the daily run, such as `06:30`, in the organisation's time "
        "zone, on its working days. Empty: cron or somebody runs `filrouge daily`.",
    )

    challenger: Literal["off", "asked"] = Field(
        "off",
        description="`asked`: when the watch asks to train again or to recalibrate, the daily run trains a challenger, "
        "scores it in the shadow and asks a data scientist to decide (docs/models.md). `off`: only a person trains.",
    )
    challenger_days: int = Field(
        28, ge=1, le=365, description="Days at least between two trainings, for the daily run to train by itself."
    )

    public_url: str = Field(
        "http://127.0.0.1:8000",
        pattern=r"^https?://[^\s?#]+[^\s?#/]$",
        description="Address at which people reach the pages; the links of messages start with it. Links made for "
        "somebody who is reading a page follow the address of that page, unless this is set.",
    )
    notify: bool = Field(
        True,
        description="`filrouge serve` sends the messages that are due, every minute. "
        "`false`: only `filrouge notify send` does.",
    )
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="Server that sends e-mails: `smtp+starttls://user:password@host:587`, `smtps://…:465`, or "
        "`smtp://…` (not encrypted). Empty: no e-mail is sent.",
    )
    smtp_url_file: Path | None = Field(
        None, description="File that holds the address of the mail server, instead of `FILROUGE_SMTP_URL`."
    )
    mail_from: str = Field(
        "",
        pattern=r"^$|^[^@\s<>,]+@[^@\s<>,]+$",
        description="E-mail address that writes. Empty: the user of `FILROUGE_SMTP_URL`.",
    )
    keep_messages_days: int = Field(
        90, ge=30, le=3650, description="Days after which the trace of a message that was sent or given up is removed."
    )
    retention: str = Field(
        "",
        description="Days for which classes of data are kept, where they differ from their defaults, such as "
        "`scores=200, notes=730`; `filrouge retention` lists them. See rights.md.",
    )
    retention_daily: bool = Field(
        False, description="Whether the daily run removes what is past its time. `false`: only a person does."
    )
    allow_private_targets: bool = Field(
        False,
        description="Messages may go to addresses of the organisation's own network, and over plain HTTP. `false`: "
        "they go over HTTPS to public addresses only.",
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("a time zone of the IANA list, such as Europe/Paris") from None
        return name

    @field_validator("daily_at")
    @classmethod
    def _an_hour(cls, text: str) -> str:
        if not re.fullmatch(r"|([01][0-9]|2[0-3]):[0-5][0-9]", text):
            raise ValueError("an hour such as 06:30")
        return text

    @field_validator("alert_rules")
    @classmethod
    def _known_rules(cls, text: str) -> str:
        read_rules(text)
        return text

    @field_validator("retention")
    @classmethod
    def _known_classes(cls, text: str) -> str:
        try:
            retention_rules(text)
        except RetentionError as error:
            raise ValueError(error.line()) from None
        return text

    @property
    def daily_hour(self) -> time | None:
        """The hour of the daily run in the organisation's time zone; None: the server starts none."""
        return time.fromisoformat(self.daily_at) if self.daily_at else None

    @property
    def rules(self) -> Rules:
        """The thresholds of the rules."""
        return read_rules(self.alert_rules)

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
        default = "" if str(field.default) in ("", "None") else f"`{field.default}`"
        lines.append(f"| `FILROUGE_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"
