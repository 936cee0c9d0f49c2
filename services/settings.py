"""Every setting of the bot, and what may stand in it; `services.settings_source` reads them.

The rule: a message about a setting never shows what stands in it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from cryptography.fernet import Fernet
from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from services.setting_values import (
    Dollars,
    ListenAddress,
    OwnAddress,
    PublicAddress,
    Seconds,
    ZoneName,
    lower,
    micro,
    upper,
    web_address,
)
from services.storage_settings import StorageSettings

# How many generations may run at once, and how many may start a minute (WaveSpeed: account levels).
TABLES = "jamboree.sqlite"  # where no DATABASE_URL says otherwise
LEVELS = {"bronze": (2, 2), "silver": (300, 500), "gold": (3_000, 3_000), "ultra": (10_000, 5_000)}


class Settings(StorageSettings):
    """The settings, checked. Limits in US dollars, timings in seconds, a price in micro-dollars a second."""

    model_config = SettingsConfigDict(
        extra="ignore", env_ignore_empty=True, hide_input_in_errors=True, validate_by_name=True
    )

    # who we are
    discord_token: SecretStr = Field(description="The bot's token: Developer Portal, Bot, Reset Token.")
    wavespeed_api_key: SecretStr = Field(description="The key that pays for the music: WaveSpeed, API Keys.")

    guild_keys_secret: SecretStr | None = Field(
        default=None,
        description="Seals the WaveSpeed keys that servers bring along; empty: they cannot. A Fernet key.",
    )

    # where things are
    discord_api_url: str = Field(
        default="https://discord.com/api/v10", description="Discord's API, or a proxy or stand-in for it."
    )
    wavespeed_base_url: str = Field(
        default="https://api.wavespeed.ai", description="WaveSpeed's API, or a proxy or stand-in for it."
    )
    data_dir: Path = Field(
        default=Path("data"), description="Folder for the database and the finished tracks."
    )
    keep_audio_days: Annotated[int, Field(ge=1, le=36_500)] | None = Field(
        default=None,
        description="Days after which an MP3 that is also in its message is deleted here; empty: never.",
    )
    database_url: SecretStr | None = Field(
        default=None, description="postgresql://user:password@host/name; empty: SQLite files in DATA_DIR."
    )

    # what WaveSpeed tells by itself
    webhook_url: PublicAddress | None = Field(
        default=None,
        description="Public https address at which WaveSpeed tells of finished tracks, behind a reverse "
        "proxy; empty: it is asked.",
    )
    webhook_address: ListenAddress = Field(
        default="127.0.0.1:8790", description="Where the bot listens for that: what the proxy hands on to."
    )

    # what is seen from outside
    metrics_address: OwnAddress | None = Field(
        default=None,
        description="Where the bot tells how it is: /healthz, /livez, /metrics; a port alone: of this "
        "machine; empty: nowhere.",
    )
    log_format: Annotated[Literal["console", "json"], BeforeValidator(lower)] = Field(
        default="console", description="console (for people) or json (a line for each event)."
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(upper)] = (
        Field(default="INFO", description="DEBUG, INFO, WARNING, ERROR or CRITICAL.")
    )

    # the WaveSpeed account
    account_level: Annotated[Literal["bronze", "silver", "gold", "ultra"], BeforeValidator(lower)] = Field(
        default="bronze",
        validation_alias="WAVESPEED_ACCOUNT_LEVEL",
        description="bronze, silver, gold or ultra: how much may run at once and start a minute.",
    )
    price_per_second: int = Field(
        default=200, gt=0, le=1_000_000, description="Micro-dollars for a second of music (200: $0.0002)."
    )
    price_per_second_15: int = Field(
        default=300, gt=0, le=1_000_000, description="The same for the model ace-step-1.5 (300: $0.0003)."
    )

    price_per_sung_song: int = Field(
        default=350_000,
        gt=0,
        le=10_000_000,
        description="The same for a song that is sung with a cloned voice, whatever its length "
        "(350000: $0.35).",
    )
    voice_cloning: bool = Field(
        default=False,
        description="on: members may have songs sung with their own cloned voice, where their server's "
        "moderators allow it; needs GUILD_KEYS_SECRET, which seals their recordings.",
    )

    # limits, in US dollars; a moderator sets a guild's own below the ceilings
    host_timezone: ZoneName = Field(
        default="UTC", description="Where the host's day turns, and a guild's that names no zone of its own."
    )
    host_daily_limit: Dollars = Field(default=Decimal(20), description="All guilds together, a day.")
    guild_daily_limit: Dollars = Field(default=Decimal(2), description="A guild that set none, a day.")
    guild_monthly_limit: Dollars = Field(default=Decimal(20), description="A guild that set none, a month.")
    guild_daily_ceiling: Dollars = Field(
        default=Decimal(10), description="The most a guild may set for a day."
    )
    guild_monthly_ceiling: Dollars = Field(
        default=Decimal(100), description="The most a guild may set for a month."
    )
    member_daily_limit: Dollars = Field(
        default=Decimal("0.5"), description="A member within one guild, a day."
    )
    member_waiting_limit: int = Field(
        default=5, ge=1, description="Tracks that a member may have waiting in one guild."
    )

    guild_jams: int = Field(default=5, ge=1, description="Jams that one guild may have at a time.")

    guild_access: Annotated[Literal["open", "invited"], BeforeValidator(lower)] = Field(
        default="invited",
        description="open to every server, or only to yours and those that you let in (invited).",
    )
    own_file_mib: int = Field(
        default=25, ge=1, le=200, description="MiB that a member's own file may have that is reworked."
    )
    host_guild_id: Annotated[int, Field(gt=0, lt=2**63)] | None = Field(
        default=None, description="The server in which the bot's owner has /host; empty: nowhere."
    )
    low_balance: Dollars = Field(
        default=Decimal(1), description="The host is told when WaveSpeed's balance falls below it."
    )

    # timings, in seconds; the defaults suit the real services
    poll_interval: Seconds = Field(
        default=1.0,
        description="Between two looks at a track that is being rendered, until it is known how long "
        "that takes.",
    )
    request_timeout: Seconds = Field(default=30.0, description="How long one request to WaveSpeed may take.")
    lost_answer_patience: Seconds = Field(
        default=600.0,
        description="How long WaveSpeed's history is searched for a submission without an answer.",
    )
    provider_patience: Seconds = Field(
        default=86400.0,
        description="How long a track waits for a WaveSpeed that is down or too busy to take it.",
    )
    render_patience: Seconds = Field(
        default=1800.0,
        description="How long WaveSpeed may say that it is rendering a track before it is given up.",
    )
    fetch_patience: Seconds = Field(
        default=300.0,
        description="How long an output that is not there yet is fetched again at once, and for a tenth of "
        "that one that is no sound; after that, by itself ever more rarely for 7 days.",
    )
    download_patience: Seconds = Field(
        default=60.0,
        description="How long each MiB of an output may take to come; one that comes more slowly is fetched "
        "again later.",
    )
    price_check_interval: Seconds = Field(
        default=3600.0, description="Between two looks at WaveSpeed's price."
    )
    balance_interval: Seconds = Field(default=300.0, description="Between two looks at WaveSpeed's balance.")
    reconcile_interval: Seconds = Field(
        default=3600.0, description="Between two comparisons of the ledger with WaveSpeed's bill."
    )
    shutdown_grace: Annotated[float, Field(ge=0, le=60)] = Field(
        default=10.0, description="What a stop may take in all; 4 of them are for closing what is open."
    )
    guild_patience: Seconds = Field(
        default=2.0,
        description="At a start, after which without another server all have come; few need less.",
    )
    interaction_token_lifetime: Seconds = Field(
        default=900.0, description="How long Discord lets a private answer be edited."
    )

    jam_idle: Seconds = Field(
        default=7200.0, description="After which a jam ends in which nobody does anything."
    )

    # more than one process
    shard_count: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Discord shards in all; empty: as many as Discord advises."
    )
    cluster_count: int = Field(default=1, ge=1, description="Processes that share the shards.")
    cluster_id: int = Field(default=0, ge=0, description="Which of them this one is, from 0.")
    # At least: what came before a freeze that a lease does not outlast is past Discord's 3 seconds after it.
    lease_duration: Annotated[float, Field(ge=5, le=3600)] = Field(
        default=30.0,
        description="Seconds after which a cluster that no longer says that it lives has lost its place.",
    )
    lease_renewal: Annotated[float, Field(gt=0)] = Field(
        default=5.0, description="Seconds between two times at which a cluster says that it lives."
    )

    # what may stand in them ----------------------------------------------------------------------------

    @field_validator("discord_token", "wavespeed_api_key", mode="before")
    @classmethod
    def _one_word(cls, value: Any) -> Any:
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not isinstance(plain, str):
            raise ValueError("must be text")
        plain = plain.strip()
        if not plain:
            raise ValueError("is missing")
        if not (plain.isascii() and plain.isprintable()) or " " in plain:
            raise ValueError("must be the bare value, without spaces or other words around it")
        return SecretStr(plain)

    @field_validator("guild_keys_secret")
    @classmethod
    def _fernet_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value().strip():
            return None
        try:
            for key in value.get_secret_value().split(","):
                Fernet(key.strip())
        except ValueError:
            usable = False  # the message could show the secret
        else:
            usable = True
        if not usable:
            raise ValueError("must be a Fernet key: 32 random bytes in URL-safe base64")
        return value

    @field_validator("voice_cloning")
    @classmethod
    def _sealed(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("guild_keys_secret") is None:
            raise ValueError("needs GUILD_KEYS_SECRET, with which members' recordings are sealed")
        return value

    @field_validator("discord_api_url")
    @classmethod
    def _with_version(cls, value: str) -> str:
        url = web_address(value)
        if re.search(r"/v\d+$", url):
            return url
        return f"{url}/v10" if url.endswith("/api") else f"{url}/api/v10"

    @field_validator("wavespeed_base_url")
    @classmethod
    def _without_version(cls, value: str) -> str:
        return web_address(value).removesuffix("/api/v3").rstrip("/")

    @field_validator("data_dir")
    @classmethod
    def _at_home(cls, value: Path) -> Path:
        if "\0" in str(value):
            raise ValueError("must be a folder; no folder has a NUL in its name")
        try:
            return value.expanduser()
        except RuntimeError as error:
            raise ValueError("must be a folder; the ~ in it leads nowhere") from error

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value().strip():
            return None
        plain = re.sub(r"^postgres://", "postgresql://", value.get_secret_value().strip())
        try:
            url = make_url(plain)
        except (ArgumentError, ValueError):
            url = None  # its message could show the password
        known = url is not None and url.get_backend_name() in ("postgresql", "sqlite")
        if url is None or not known or url.database in (None, "", ":memory:"):  # in memory nothing would last
            raise ValueError("must look like postgresql://user:password@host/name or sqlite:///file")
        return SecretStr(plain)

    @field_validator("guild_daily_ceiling", "guild_monthly_ceiling")
    @classmethod
    def _above_its_default(cls, value: Decimal, info: ValidationInfo) -> Decimal:
        default = str(info.field_name).replace("ceiling", "limit")
        if value < info.data.get(default, 0):
            raise ValueError(f"must not be below {default.upper()}")
        return value

    @field_validator("cluster_count")
    @classmethod
    def _together(cls, value: int, info: ValidationInfo) -> int:
        if value > 1:
            if (info.data.get("shard_count", value) or 0) < value:
                raise ValueError("needs a SHARD_COUNT that is at least as high")
            database = info.data.get("database_url", SecretStr("postgresql:"))
            if database is None or not database.get_secret_value().startswith("postgresql"):
                raise ValueError("above 1 needs a DATABASE_URL on PostgreSQL, which all of them share")
        return value

    @field_validator("cluster_id")
    @classmethod
    def _one_of_them(cls, value: int, info: ValidationInfo) -> int:
        if value >= info.data.get("cluster_count", value + 1):
            raise ValueError("must be below CLUSTER_COUNT, because clusters count from 0")
        return value

    @field_validator("lease_renewal")
    @classmethod
    def _often_enough(cls, value: float, info: ValidationInfo) -> float:
        if value > info.data.get("lease_duration", value * 4) / 4:
            raise ValueError("must be at most a quarter of LEASE_DURATION")
        return value

    # what follows from them ----------------------------------------------------------------------------

    micro = staticmethod(micro)

    @property
    def concurrency(self) -> int:
        """Generations that the account may have running at once."""
        return LEVELS[self.account_level][0]

    @property
    def starts_per_minute(self) -> int:
        """Generations that the account may start a minute."""
        return LEVELS[self.account_level][1]

    @property
    def tracks_database_url(self) -> str:
        """Our own tables: PostgreSQL, or a SQLite file."""
        return self._database(TABLES)

    @property
    def queue_database_url(self) -> str:
        """The workflows: the same PostgreSQL, or a SQLite file of their own; so neither waits to write."""
        return self._database("queue.sqlite")

    @property
    def sqlite_files(self) -> list[Path]:
        """Our own tables' and the workflows' files; none on PostgreSQL."""
        urls = [make_url(self.tracks_database_url), make_url(self.queue_database_url)]
        return [Path(url.database or "") for url in urls if url.get_backend_name() == "sqlite"]

    @property
    def replaced_file(self) -> Path:
        """Where our own tables would be without DATABASE_URL."""
        return self.data_dir / TABLES

    @property
    def health_file(self) -> Path:
        """Its age says whether the bot is well; clusters that share DATA_DIR have one each."""
        return self.data_dir / ("health" if self.cluster_count == 1 else f"health-{self.cluster_id}")

    def _database(self, file: str) -> str:
        given = make_url(self.database_url.get_secret_value()) if self.database_url else None
        if given is None:
            given = URL.create("sqlite", database=str(self.data_dir / file))
        elif given.get_backend_name() == "sqlite" and file == "queue.sqlite":
            given = given.set(database=f"{given.database}-queue")
        return given.render_as_string(hide_password=False)

    @property
    def guild_keys_secrets(self) -> list[str]:
        """What seals guilds' keys: the first; the others still open what they sealed before."""
        if self.guild_keys_secret is None:
            return []
        return [key.strip() for key in self.guild_keys_secret.get_secret_value().split(",")]

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that no log may show."""
        found = [self.discord_token.get_secret_value(), self.wavespeed_api_key.get_secret_value()]
        found += self.guild_keys_secrets + self.storage_secrets
        if self.database_url is not None:
            password = make_url(self.database_url.get_secret_value()).password
            found += [password, quote(password, safe="")] if password else []
        return tuple(dict.fromkeys(found))
