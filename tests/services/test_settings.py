"""Settings: one line for what is wrong, no secret in it, and .env.example says the same as the code."""

import os
import re
import subprocess
import sys
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from services.setting_values import micro
from services.settings import Settings
from services.settings_source import SettingsError, environment_name, load_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"
NEEDED = {"DISCORD_TOKEN": "a-token", "WAVESPEED_API_KEY": "a-key"}
NAMES = {environment_name(field) for field in Settings.model_fields}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's .env."""
    monkeypatch.chdir(tmp_path)


ASKED = """
import conftest, os, tempfile
print(tempfile.mkdtemp())
print(os.environ.keys() & {"DATABASE_URL", "data_dir"})
"""


def test_the_tests_take_no_setting_of_whoever_runs_them_and_leave_no_file_behind() -> None:
    tests = Path(__file__).parents[1]
    told = subprocess.run(
        [sys.executable, "-c", ASKED],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{tests.parent}:{tests}",
            "DATABASE_URL": "postgresql://bot@127.0.0.1/music",
            "data_dir": "/srv/music",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    folder, settings = told.stdout.splitlines()
    assert settings == "set()"
    assert not Path(folder).exists()


def load(**environment: str) -> Settings:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (NEEDED | environment).items():
            patch.setenv(name, value)
        return load_settings()


def refusal(**environment: str) -> str:
    with pytest.raises(SettingsError) as error:
        load(**environment)
    line = str(error.value)
    assert "\n" not in line
    assert error.value.__cause__ is None
    return line


def test_two_secrets_are_all_it_takes() -> None:
    settings = load()
    assert settings.discord_token.get_secret_value() == "a-token"
    assert settings.discord_api_url == "https://discord.com/api/v10"
    assert settings.data_dir == Path("data")
    assert (settings.concurrency, settings.starts_per_minute) == (2, 2)
    assert settings.tracks_database_url == "sqlite:///data/jamboree.sqlite"
    assert settings.queue_database_url == "sqlite:///data/queue.sqlite"


@pytest.mark.parametrize("empty", ["", "   "])
def test_missing_secrets_are_named_together(empty: str) -> None:
    line = refusal(DISCORD_TOKEN=empty, WAVESPEED_API_KEY=empty)
    assert "DISCORD_TOKEN is missing" in line
    assert "WAVESPEED_API_KEY is missing" in line
    assert ".env" in line


def test_a_file_is_read_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text(
        "\ufeff# ours\nDISCORD_TOKEN='from-file'\nWAVESPEED_API_KEY=key # why\nTZ=UTC\nGUILD_DAILY_LIMIT=3",
        encoding="utf-8",
    )
    monkeypatch.setenv("GUILD_DAILY_LIMIT", "4")
    monkeypatch.setenv("DISCORD_TOKEN", "")
    settings = load_settings()
    assert settings.discord_token.get_secret_value() == "from-file"
    assert settings.wavespeed_api_key.get_secret_value() == "key"
    assert settings.guild_daily_limit == 4


def test_a_file_that_is_no_text_is_told_of(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"DISCORD_TOKEN=\xff\xfe")
    assert ".env cannot be read" in refusal()


def test_a_folder_whose_name_none_can_have_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DISCORD_TOKEN=t\nWAVESPEED_API_KEY=k\nDATA_DIR=da\0ta\n")
    with pytest.raises(SettingsError, match="DATA_DIR must be a folder"):
        load_settings(tmp_path / ".env")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WAVESPEED_ACCOUNT_LEVEL", "platinum"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("PRICE_PER_SECOND", "0"),
        ("PRICE_PER_SECOND", "0.2"),
        ("HOST_TIMEZONE", "Europe"),
        ("HOST_TIMEZONE", "Mars/Base"),
        ("HOST_TIMEZONE", "../../etc/passwd"),
        ("HOST_GUILD_ID", "9" * 20),
        ("JAM_IDLE", "1e300"),
        ("INTERACTION_TOKEN_LIFETIME", "1e12"),
        ("HOST_DAILY_LIMIT", "-1"),
        ("HOST_DAILY_LIMIT", "NaN"),
        ("HOST_DAILY_LIMIT", "1e999"),
        ("MEMBER_DAILY_LIMIT", "a lot"),
        ("MEMBER_WAITING_LIMIT", "0"),
        ("GUILD_DAILY_CEILING", "1.99"),
        ("GUILD_MONTHLY_CEILING", "1"),
        ("POLL_INTERVAL", "0"),
        ("REQUEST_TIMEOUT", "inf"),
        ("SHUTDOWN_GRACE", "-1"),
        ("SHARD_COUNT", "0"),
        ("CLUSTER_ID", "1"),
        ("DATA_DIR", "~nobody-of-that-name/data"),
        ("DISCORD_API_URL", "discord.com/api"),
        ("DISCORD_API_URL", "ftp://discord.com"),
        ("DISCORD_API_URL", "https://discord.com/api?v=10"),
        ("WAVESPEED_BASE_URL", "http://"),
        ("WAVESPEED_BASE_URL", "http://host:port"),
        ("WAVESPEED_BASE_URL", "http://[::1"),
        ("WEBHOOK_URL", "http://bot.example/webhooks"),
        ("WEBHOOK_URL", "bot.example"),
        ("WEBHOOK_ADDRESS", "8790"),
        ("WEBHOOK_ADDRESS", "127.0.0.1"),
        ("WEBHOOK_ADDRESS", "127.0.0.1:port"),
        ("METRICS_ADDRESS", "nowhere"),
        ("METRICS_ADDRESS", "127.0.0.1"),
        ("METRICS_ADDRESS", ":0"),
        ("METRICS_ADDRESS", ":99999"),
        ("METRICS_ADDRESS", "http://127.0.0.1:9090"),
        ("DATABASE_URL", "mysql://host/name"),
        ("DATABASE_URL", "postgresql://host"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "not a url"),
        ("STORAGE_URL", "https://bucket.example"),
        ("STORAGE_URL", "s3://"),
        ("STORAGE_URL", "s3://A bucket/x"),
        ("STORAGE_URL", "s3://key:secret@bucket"),
        ("STORAGE_URL", "s3://bucket/a b"),
        ("STORAGE_URL", "s3://bucket/x?y"),
        ("STORAGE_URL", "s3://bucket/../x"),
        ("STORAGE_URL", "s3://bucket//x"),
        ("AWS_ENDPOINT_URL", "minio:9000"),
        ("AWS_ENDPOINT_URL", "http://key:secret@minio:9000"),
        ("AWS_REGION", "eu west"),
        ("STORAGE_CACHE_MIB", "0"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    assert name in refusal(**{name: value})


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("GUILD_DAILY_LIMTI=3", "GUILD_DAILY_LIMTI is no setting; do you mean GUILD_DAILY_LIMIT?"),
        ("discord_tokne=hunter2", "discord_tokne is no setting; do you mean DISCORD_TOKEN?"),
        ("POSTGRES_PASWORD=hunter2", "POSTGRES_PASWORD is no setting; do you mean POSTGRES_PASSWORD?"),
        ("SOMETHING_ELSE=hunter2", "SOMETHING_ELSE is no setting."),
        ("# this\n\nhunter2=", "What line 3 of .env names is no setting."),
        ("hunter2", "What line 1 of .env names is no setting."),
        ("\u200bLOG_LEVEL=INFO", "What line 1 of .env names is no setting; do you mean LOG_LEVEL?"),
        ("AKIAHUNTER2HUNTER2X", "What line 1 of .env names is no setting."),
        ("LOG_LEVEL=INFO\n=hunter2", "line 2 of .env cannot be read; it must look like NAME=value"),
        (
            "HOST_DAILY_LIMIT=5\n\nhost_daily_limit=20 # as in the example",
            "HOST_DAILY_LIMIT is set twice, in lines 1 and 3; keep one of them.",
        ),
        ("DISCORD_TOKEN=hunter2\nDISCORD_TOKEN=", "DISCORD_TOKEN is set twice, in lines 1 and 2"),
    ],
)
def test_what_is_no_setting_or_set_twice_is_named(tmp_path: Path, written: str, said: str) -> None:
    (tmp_path / ".env").write_text(written)
    line = refusal()
    assert line.startswith(said)
    assert "hunter2" not in line.casefold()


@pytest.mark.parametrize("name", ["GUILD_DAILY_LIMTI", "DATABASE_URI", "DISCORD_TOKENS"])
def test_a_slip_in_the_environment_is_named_too(name: str) -> None:
    assert refusal(**{name: "hunter2"}).startswith(f"{name} is no setting; do you mean ")


@pytest.mark.parametrize(
    "name",
    [
        "PATH",
        "HOSTNAME",
        "LOGLEVEL",
        "XDG_DATA_DIRS",
        "DISCORD_WEBHOOK_URL",
        "AWS_ENDPOINT_URL_S3",
        "POSTGRES_PASSWORD",
        "DISCORD_TOKEN_OF_ANOTHER_BOT",
        "DATABASE",
        "TEST_DATABASE_URL",
    ],
)
def test_what_the_environment_has_for_others_is_no_slip(name: str) -> None:
    load(**{name: "x"})


def test_dockers_and_composes_names_may_stand_in_the_file(tmp_path: Path) -> None:
    names = ["POSTGRES_PASSWORD", "COMPOSE_PROJECT_NAME", "DOCKER_HOST", "TZ", "PYTHONUTF8", "https_proxy"]
    (tmp_path / ".env").write_text("".join(f"{name}=x\n" for name in names))
    load()


def test_a_slip_and_what_it_leaves_missing_are_told_together(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("WAVESPEED_API_KYE=hunter2")
    line = refusal(WAVESPEED_API_KEY="")
    for said in ("do you mean WAVESPEED_API_KEY?", "WAVESPEED_API_KEY is missing", "rehearsal room"):
        assert said in line
    assert "rehearsal room" not in refusal(WAVESPEED_API_KYE="x")


def test_everything_wrong_is_told_at_once() -> None:
    line = refusal(DISCORD_TOKEN="", PRICE_PER_SECOND="x", HOST_TIMEZONE="x", GUILD_DAILY_CEILING="0")
    for name in ("DISCORD_TOKEN", "PRICE_PER_SECOND", "HOST_TIMEZONE", "GUILD_DAILY_CEILING"):
        assert line.count(f"{name} ") == 1


def test_no_secret_is_shown() -> None:
    line = refusal(
        DISCORD_TOKEN="Bot hunter2",
        WAVESPEED_API_KEY="hunter2\tx",
        DATABASE_URL="oracle://me:hunter2@host/name",
        DISCORD_API_URL="me:hunter2@host",
        PRICE_PER_SECOND="hunter2",
        HOST_TIMEZONE="hunter2",
        STORAGE_URL="s3://me:hunter2@bucket",
        AWS_ENDPOINT_URL="http://me:hunter2@minio",
    )
    assert "hunter2" not in line
    settings = load(DATABASE_URL="postgresql://me:hunter%202@host/name")
    assert "hunter" not in repr(settings)
    assert set(settings.secrets) == {"a-token", "a-key", "hunter 2", "hunter%202"}


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://discord.com", "https://discord.com/api/v10"),
        ("https://discord.com/api/", "https://discord.com/api/v10"),
        ("http://127.0.0.1:8080/api/v10/", "http://127.0.0.1:8080/api/v10"),
        ("https://proxy.example/discord", "https://proxy.example/discord/api/v10"),
        ("https://proxy.example/v9", "https://proxy.example/v9"),
    ],
)
def test_discords_address_ends_in_a_version(given: str, used: str) -> None:
    assert load(DISCORD_API_URL=given).discord_api_url == used


@pytest.mark.parametrize("given", ["http://[::1]:81", "http://[::1]:81/", " http://[::1]:81/api/v3/ "])
def test_wavespeeds_address_ends_before_the_version(given: str) -> None:
    assert load(WAVESPEED_BASE_URL=given).wavespeed_base_url == "http://[::1]:81"


def test_an_account_level_sets_both_limits() -> None:
    gold = load(WAVESPEED_ACCOUNT_LEVEL=" Gold ")
    assert (gold.concurrency, gold.starts_per_minute) == (3000, 3000)
    by_name = Settings(discord_token=SecretStr("a"), wavespeed_api_key=SecretStr("b"), account_level="silver")
    assert by_name.concurrency == 300


def test_a_store_needs_both_halves_of_a_key() -> None:
    store = {"STORAGE_URL": " s3://my-bucket/bot/audio/ ", "AWS_ENDPOINT_URL": " http://minio:9000/ "}
    assert refusal(**store).startswith("STORAGE_URL needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    assert "AWS_SECRET_ACCESS_KEY" in refusal(**store, AWS_ACCESS_KEY_ID="hunter2")
    role = {"AWS_METADATA_URL": "http://169.254.169.254"}
    assert load(**store, **role).aws_metadata_url == "http://169.254.169.254"
    assert "not both" in refusal(**store, **role, AWS_ACCESS_KEY_ID="hunter2")
    settings = load(**store, AWS_ACCESS_KEY_ID=" hunter2 ", AWS_SECRET_ACCESS_KEY="hunter3")
    assert settings.storage_url == "s3://my-bucket/bot/audio"
    assert (settings.aws_region, settings.aws_endpoint_url) == ("us-east-1", "http://minio:9000")
    assert "hunter" not in repr(settings)
    assert {"hunter2", "hunter3"} < set(settings.secrets)
    assert load().storage_url is None


def test_postgresql_holds_tracks_and_queue() -> None:
    settings = load(DATABASE_URL="postgres://me:p%40ss@host:5432/jam")
    assert settings.tracks_database_url == "postgresql://me:p%40ss@host:5432/jam"
    assert settings.queue_database_url == settings.tracks_database_url
    assert load(DATABASE_URL="sqlite:////x/jam.db").queue_database_url == "sqlite:////x/jam.db-queue"


def test_clusters_share_shards_and_a_database() -> None:
    shared = {"CLUSTER_COUNT": "2", "CLUSTER_ID": "1", "DATABASE_URL": "postgresql://host/jam"}
    assert load(SHARD_COUNT="4", **shared).cluster_id == 1
    assert load(SHARD_COUNT="4", **shared).health_file == Path("data/health-1")
    assert "SHARD_COUNT" in refusal(**shared)
    assert "SHARD_COUNT" in refusal(SHARD_COUNT="1", **shared)
    assert "DATABASE_URL" in refusal(CLUSTER_COUNT="2", SHARD_COUNT="2")


def test_a_lease_is_renewed_often_enough_that_one_renewal_may_fail() -> None:
    assert load(LEASE_DURATION="20").lease_renewal == 5
    assert refusal(LEASE_DURATION="20", LEASE_RENEWAL="6").startswith("LEASE_RENEWAL")
    assert refusal(LEASE_DURATION="10").startswith("LEASE_RENEWAL")
    assert refusal(LEASE_DURATION="4", LEASE_RENEWAL="1").startswith("LEASE_DURATION")


def test_dollars_become_micro_dollars() -> None:
    assert micro(Decimal("0.5")) == 500_000
    assert micro(Decimal("0.0000019")) == 1
    assert Settings.micro(Decimal(20)) == 20_000_000


@given(st.decimals(min_value=0, max_value=1_000_000, places=9))
def test_a_limit_never_grows_when_it_is_counted(dollars: Decimal) -> None:
    assert 0 <= dollars - Decimal(micro(dollars)) / 1_000_000 < Decimal("0.000001")


def test_the_example_names_every_setting_with_its_default() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    given = {}
    for above, line in pairwise(lines):
        if match := re.fullmatch(r"#?([A-Z][A-Z0-9_]*)=(.*)", line):
            assert above.startswith("# "), f"{match[1]} has no line on what it does"
            given[match[1]] = match[2]
    assert set(given) == NAMES

    defaults = load(**{name: value for name, value in given.items() if name not in NEEDED})
    for field, details in Settings.model_fields.items():
        if not details.is_required():
            assert getattr(defaults, field) == details.get_default(), field


def test_the_example_as_it_is_asks_for_the_two_secrets_only() -> None:
    active = dotenv_values(EXAMPLE)
    assert active == dict.fromkeys(NEEDED, "")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("9090", "127.0.0.1:9090"),
        (" :9090", "127.0.0.1:9090"),
        ("10.0.0.5:9090", "10.0.0.5:9090"),
        ("[::1]:9090", "[::1]:9090"),
    ],
)
def test_a_port_alone_is_of_this_machine(written: str, meant: str) -> None:
    assert load(METRICS_ADDRESS=written).metrics_address == meant
    assert load().metrics_address is None


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("GUILD_DAILY_LIMIT", "two", "must be a number"),
        ("GUILD_DAILY_LIMIT", "-1", "must be at least 0"),
        ("HOST_GUILD_ID", "my server", "must be a whole number"),
        ("VOICE_CLONING", "perhaps", "must be true or false"),
    ],
)
def test_what_a_value_must_be_is_said_in_plain_words(name: str, value: str, said: str) -> None:
    assert refusal(**{name: value}) == (
        f"{name} {said}. Correct this in .env or the environment; .env.example explains each setting."
    )


def test_what_is_missing_is_to_be_set() -> None:
    assert "Set this in .env" in refusal(DISCORD_TOKEN="")
