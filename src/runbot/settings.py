"""Everything that the environment can set, in one model. Nothing else reads the environment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from runbot.domain.errors import InvalidInput, Problem

_WORD: Final = re.compile(r"[!-~]*")


class Settings(BaseSettings):
    """Runbot's settings. Each is documented in `.env.example`, and a test says so."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        # A line of .env.example that was left blank is not set.
        env_ignore_empty=True,
        extra="ignore",
        populate_by_name=True,
    )

    slack_bot_token: SecretStr | None = Field(None, validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: SecretStr | None = Field(None, validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: SecretStr | None = Field(None, validation_alias="SLACK_SIGNING_SECRET")
    slack_api_url: str = Field("https://slack.com/api/", validation_alias="SLACK_API_URL")

    database_url: SecretStr | None = Field(None, validation_alias="DATABASE_URL")
    data_dir: Path = Field(Path("data"), validation_alias="RUNBOT_DATA_DIR")
    port: int = Field(3000, ge=0, le=65535, validation_alias="RUNBOT_PORT")
    host: str = Field("127.0.0.1", validation_alias="RUNBOT_HOST")

    smtp_url: SecretStr | None = Field(None, validation_alias="RUNBOT_SMTP_URL")
    mail_from: str = Field("runbot@localhost", validation_alias="RUNBOT_MAIL_FROM")
    allow_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), validation_alias="RUNBOT_ALLOW_HOSTS"
    )
    allow_files: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), validation_alias="RUNBOT_ALLOW_FILES"
    )

    config: Path | None = Field(None, validation_alias="RUNBOT_CONFIG")

    display_interval: float = Field(1.0, gt=0, validation_alias="RUNBOT_DISPLAY_INTERVAL")
    display_per_minute: float = Field(50.0, gt=0, validation_alias="RUNBOT_DISPLAY_PER_MINUTE")
    ping_seconds: float = Field(10.0, gt=0, validation_alias="RUNBOT_PING_SECONDS")
    shutdown_grace: float = Field(4.0, ge=0, validation_alias="RUNBOT_SHUTDOWN_GRACE")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", validation_alias="RUNBOT_LOG_LEVEL"
    )

    @field_validator("allow_hosts", "allow_files", mode="before")
    @classmethod
    def _separated(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part for part in value.replace(",", " ").split() if part)
        return value

    @field_validator(
        "slack_bot_token",
        "slack_app_token",
        "slack_signing_secret",
        "smtp_url",
        "database_url",
        mode="before",
    )
    @classmethod
    def _blank_is_unset(cls, value: object) -> object:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("slack_bot_token", "slack_app_token", "slack_signing_secret", mode="before")
    @classmethod
    def _one_word(cls, value: object) -> object:
        """As it can stand in a header. What is pasted often brings a line's end along."""
        if not isinstance(value, str):
            return value
        word = value.strip()
        if not _WORD.fullmatch(word):
            raise ValueError("it holds characters that none has, so it was not copied right")
        return word

    @field_validator("database_url", mode="before")
    @classmethod
    def _with_a_port(cls, value: object) -> object:
        """The one mistake that SQLAlchemy tells with a part of the address, often the password."""
        if isinstance(value, str):
            try:
                make_url(value)
            except ArgumentError:
                pass  # said by whoever opens it, with an example
            except ValueError:
                raise ValueError(
                    "its port is no number; in user and password, characters such as @ : / are "
                    "written as %40 %3A %2F"
                ) from None
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("slack_api_url")
    @classmethod
    def _slash(cls, value: str) -> str:
        try:
            address = urlsplit(value)
        except ValueError:
            address = urlsplit("")
        web = address.scheme in {"http", "https"} and address.hostname
        if not web or "@" in address.netloc:
            raise ValueError("it is to be http://host/… or https://host/…, with no user in it")
        return value if value.endswith("/") else value + "/"

    @property
    def has_slack(self) -> bool:
        """Whether a real workspace (or a stand-in for one) is configured."""
        given = (self.slack_bot_token, self.slack_app_token, self.slack_signing_secret)
        return any(secret is not None for secret in given)

    @property
    def slack_mode(self) -> Literal["socket", "http"] | None:
        """How Slack reaches Runbot: an app token means Socket Mode, else the secret means HTTP."""
        if self.slack_app_token is not None:
            return "socket"
        return "http" if self.slack_signing_secret is not None else None


def load() -> Settings:
    """The settings, or `InvalidInput` with a sentence for each that can't be used."""
    try:
        return Settings()
    except ValidationError as wrong:
        problems = tuple(
            Problem(
                str(error["loc"][0]),
                f"{error['loc'][0]}: {error['msg'].removeprefix('Value error, ')}.",
            )
            for error in wrong.errors()
        )
        raise InvalidInput(
            "Runbot can't start with these settings.",
            do="Mend them in the environment or in .env:",
            problems=problems,
        ) from None
