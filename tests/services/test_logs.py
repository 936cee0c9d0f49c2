"""Logs: one shape for every logger, and no secret in any line."""

import io
import json
import logging
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy.exc
import structlog
from cryptography.fernet import Fernet
from kept_logging import kept_logging
from studio_harness import NewStudio

from rehearsal.wavespeed import WaveSpeedStandIn
from rehearsal.wavespeed.accounts import Account
from services import logs
from services.money.accounts import KeyRefused

TOKEN = "rehearsal-token"
AWKWARD = 'p"w\\d/é 1'
BOT_TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.abcdefghijklmnopqrstuvwxyz0123456789AB"

Lines = Callable[..., io.StringIO]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Configures logging for the test, and puts back what was there."""

    def start(format: str, level: str = "INFO") -> io.StringIO:  # noqa: A002
        stream = io.StringIO()
        logs.configure(format, level, [TOKEN, AWKWARD, ""], stream)
        return stream

    with kept_logging():
        yield start


def log_every_way() -> None:
    """Secrets, in as many ways as code may come to log them."""
    log = structlog.get_logger("jamboree.test")
    log.info(
        f"token {TOKEN}",
        token=TOKEN,
        nested={"deep": [AWKWARD, {TOKEN: 1}]},
        raw=TOKEN.encode(),
        text=AWKWARD,
    )
    log.info("positional %s", TOKEN)
    plain = logging.getLogger("discord.http")
    plain.info("GET %s", f"https://x/?key={quote(AWKWARD, safe='')}", extra={"more": TOKEN})
    plain.warning("Authorization: Bearer abc.def-123")
    plain.warning("headers %r", {"Authorization": f"Bot {BOT_TOKEN}"})
    plain.warning("logging in with %s", BOT_TOKEN)
    plain.warning("POST https://x/api/v10/webhooks/123/aW50secret_part-1/messages/@original?wait=true")
    plain.warning("POST https://x/api/v10/interactions/456/other-secret_part/callback")
    plain.warning("token aW50ZXJhY3Rpb246c2VjcmV0X3BhcnQ=")
    plain.warning("postgresql+psycopg://me:secret_part@host/jam or password=secret_part host=db")
    logging.getLogger("dbos").error("connection to %s failed", "postgresql://me:secret_part@host/jam")
    try:
        try:
            raise KeyError(AWKWARD)
        except KeyError as inner:
            raise RuntimeError(f"no luck with {TOKEN}") from inner
    except RuntimeError as error:
        log.exception("it broke", why=error)
        plain.exception("it broke")
    warnings.warn(f"{TOKEN} is old", stacklevel=1)
    plain.info("%d is no number", TOKEN)


@pytest.mark.parametrize("format", ["console", "json"])
@pytest.mark.filterwarnings("default")
def test_no_secret_in_any_line(lines: Lines, format: str, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: A002
    stream = lines(format, "INFO")
    log_every_way()
    written = stream.getvalue()
    spellings = [TOKEN, AWKWARD, repr(AWKWARD)[1:-1], json.dumps(AWKWARD)[1:-1], quote(AWKWARD, safe="")]
    for hidden in [*spellings, BOT_TOKEN, "abc.def-123", "secret_part", "c2VjcmV0X3BhcnQ"]:
        assert hidden not in written
    assert written.count("Traceback (most recent call last)") >= 2
    for kept in (
        "/webhooks/123/[secret]/messages/@original?wait=true",
        "/interactions/456/[secret]/callback",
    ):
        assert kept in written
    assert "me:[secret]@host/jam" in written
    assert "it broke" in written
    assert "could not be written" in written
    assert capsys.readouterr().err == ""


class NearlyFull(io.StringIO):
    """Takes no line; the next moment there would be room again."""

    def write(self, _text: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_line_that_cannot_be_written_is_written_nowhere_else(capsys: pytest.CaptureFixture[str]) -> None:
    with kept_logging():
        logs.configure("console", "INFO", [TOKEN], NearlyFull())
        log_every_way()
    assert capsys.readouterr() == ("", "")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
@pytest.mark.usefixtures("lines")
def test_a_terminal_has_colours_unless_none_are_wanted(
    monkeypatch: pytest.MonkeyPatch, no_color: str, coloured: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    logs.configure("console", "INFO", (), terminal := Terminal())
    structlog.get_logger("bot").info("open")
    assert ("\x1b[" in terminal.getvalue()) is coloured


def test_json_lines_can_be_read(lines: Lines) -> None:
    stream = lines("json", "INFO")
    with structlog.contextvars.bound_contextvars(track="t1"):
        log_every_way()
    read = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(read) > 10
    for line in read:
        assert {"event", "level", "logger", "timestamp"} <= set(line)
    assert {line["logger"] for line in read} >= {"jamboree.test", "discord.http", "dbos", "py.warnings"}
    assert read[0]["track"] == "t1"
    assert read[0]["nested"] == {"deep": ["[secret]", {"[secret]": 1}]}
    assert (
        "RuntimeError: no luck with [secret]"
        in next(line for line in read if "exception" in line)["exception"]
    )


def test_the_level_counts_for_both_kinds_of_logger(lines: Lines) -> None:
    stream = lines("console", "WARNING")
    early = structlog.get_logger("early")
    early.info("quiet one")
    logging.getLogger("discord").info("quiet two")
    early.warning("loud one")
    logging.getLogger("discord").warning("loud two")
    assert "quiet" not in stream.getvalue()
    assert stream.getvalue().count("loud") == 2


def test_what_is_no_secret_stays(lines: Lines) -> None:
    stream = lines("console", "INFO")
    sentence = "Bot Jamboree connected to http://127.0.0.1:8080/api/v10/channels/123/messages at 12:30"
    structlog.get_logger("jamboree").info(sentence, user="ada@example", seed=2147483647)
    assert sentence in stream.getvalue()
    assert "[secret]" not in stream.getvalue()


def test_a_logger_configured_twice_writes_once(lines: Lines) -> None:
    lines("console", "INFO")
    stream = lines("console", "INFO")
    logging.getLogger("dbos").warning("only once")
    assert stream.getvalue().count("only once") == 1


@pytest.mark.parametrize("format", ["console", "json"])
def test_an_outage_is_a_line_whoever_logs_it_and_a_fault_has_its_trace(lines: Lines, format: str) -> None:  # noqa: A002
    stream = lines(format)
    away = sqlalchemy.exc.OperationalError("SELECT 1", {}, sqlite3.OperationalError("disk I/O error"))
    for error in (away, ConnectionResetError("by peer"), KeyError("a fault"), TimeoutError()):
        try:
            raise error
        except Exception as caught:
            structlog.get_logger("jamboree.test").exception("a task failed", of="this")
            logging.getLogger("discord.client").error("Ignoring exception in %s", "on_that", exc_info=caught)
    said = stream.getvalue()
    assert said.count("a task failed") == said.count("Ignoring exception in on_that") == 4
    assert said.count("OperationalError: disk I/O error") == said.count("ConnectionResetError: by peer") == 2
    assert said.count("Traceback") == 4
    assert "SELECT" not in said
    assert said.count("warning") == 4


def test_an_error_that_nobody_caught_is_a_log_line_without_secrets() -> None:
    program = (
        f"from services import logs; logs.configure('json', 'INFO', ['{TOKEN}']); raise ValueError('{TOKEN}')"
    )
    root = Path(logs.__file__).parents[1]
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert "ValueError: [secret]" in json.loads(line)["exception"]
    assert TOKEN not in line


async def test_a_key_that_a_guild_brings_is_hidden_from_then_on(
    lines: Lines, new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    key = "the-key-that-a-guild-brings"
    wave.accounts[key] = Account(key)
    stream = lines("json")
    async with new_studio(launch=False, guild_keys_secret=Fernet.generate_key().decode()) as harness:
        await harness.studio.bring_key(1, 5, key, "bronze")
    structlog.get_logger("test").info("asked", words=f"key={key}")
    assert "asked" in stream.getvalue()
    assert key not in stream.getvalue()


@pytest.mark.parametrize("typed", ["e", "info", "nobody's-key-of-all", "e" * 200])
async def test_what_was_typed_and_is_no_key_neither_blinds_the_log_nor_stands_in_it(
    lines: Lines, new_studio: NewStudio, typed: str
) -> None:
    stream = lines("json", "DEBUG")
    async with new_studio(launch=False, guild_keys_secret=Fernet.generate_key().decode()) as harness:
        with pytest.raises(KeyRefused):
            await harness.studio.bring_key(1, 5, typed, "bronze")
    if len(typed) > 4:
        assert typed not in stream.getvalue()
    structlog.get_logger("test").info("all is well here", words=f"a line of info, {typed}")
    assert "all is well here" in stream.getvalue()
    assert f"a line of info, {typed}" in stream.getvalue()


def test_a_secret_that_comes_up_later_is_hidden_from_then_on(lines: Lines) -> None:
    stream = lines("json")
    logs.hide("a-guilds-own-key")
    structlog.get_logger("test").info("asked", header="Bearer x", words="key=a-guilds-own-key")
    assert "a-guilds-own-key" not in stream.getvalue()
    assert "asked" in stream.getvalue()
    again = lines("console")
    structlog.get_logger("test").info("a-guilds-own-key")
    assert "a-guilds-own-key" not in again.getvalue()


def test_not_even_debug_shows_what_members_put_into_forms(lines: Lines) -> None:
    stream = lines("console", "DEBUG")
    logging.getLogger("discord.gateway").debug("For Shard ID None: WebSocket Event: the form")
    logging.getLogger("discord.client").debug("something else")
    assert "the form" not in stream.getvalue()
    assert "something else" in stream.getvalue()
