"""Logs: structlog's and the standard library's, in one shape, for people or as JSON lines.

The rules: secrets are taken out of the finished line, so it does not matter how they came into it; and a line
that cannot be written, because nobody reads or the log's disk is full, holds nothing up.
"""

from __future__ import annotations

import io
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, TextIO
from urllib.parse import quote

import structlog
from structlog.typing import EventDict, Processor

from services.storage.outages import first_line, is_away

SECRET = "[secret]"  # noqa: S105  (what stands in a secret's place)

# What is secret by its shape, wherever it comes from. The first group, where there is one, stays.
_SHAPES = (
    r"(\bBearer\s+)[^\s\"'\\,;)}\]]+",
    r"(\bAuthorization['\"]?\s*[:=]\s*['\"]?\w+\s+)[^\s\"'\\,;)}\]]+",
    r"\b[\w-]{23,30}\.[\w-]{6,7}\.[\w-]{27,}",  # a bot's token (Discord: id.time.signature, base64url)
    r"(/(?:webhooks|interactions)/\d+/)[^\s\"'\\/?#]+",
    r"\baW50ZXJhY3Rpb246[\w+/=-]+",  # an interaction's token: base64 of "interaction:…"
    r"(\w://[^\s\"'\\/:@]*:)[^\s\"'\\/@]+(?=@)",  # scheme://user:password@host
    r"(\bpassword\s*=\s*)[^\s\"'\\&;]+",  # PostgreSQL's connection words
)

# These tell on INFO what is of no use to a host; on DEBUG they may.
_TALKATIVE = ("alembic", "asyncio", "PIL", "libav", "mutagen")

# Whose DEBUG is written at all: our own, which we know, and what discord.py's client tells. Everybody else's
# may hold what members type, keys and tokens: gateway events, requests, SQL with its parameters.
_DISCREET = ("jamboree", "bot", "cogs", "services", "discord.client")

_hidden: set[str] = set()  # secrets that came up while the process ran
_redactor: Redactor | None = None

_JSON_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


class Redactor:
    """Replaces secrets in a text: given ones as they are, quoted or escaped; others by shape."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {spelling for secret in secrets if secret.strip() for spelling in _spellings(secret)}
        given = sorted(map(re.escape, spellings), key=len, reverse=True)
        self._given = re.compile("|".join(given)) if given else None
        self._shapes = [re.compile(shape, re.IGNORECASE) for shape in _SHAPES]

    def hide(self, secret: str) -> None:
        """Takes that one out too, from now on."""
        found = [re.escape(spelling) for spelling in sorted(_spellings(secret), key=len, reverse=True)]
        known = [self._given.pattern] if self._given is not None else []
        self._given = re.compile("|".join(known + found))

    def __call__(self, text: str) -> str:
        if self._given is not None:
            text = self._given.sub(SECRET, text)
        for shape in self._shapes:
            text = shape.sub(lambda match: (match[1] if match.re.groups else "") + SECRET, text)
        return text

    def in_json(self, line: str) -> str:
        """The same inside every string of a JSON line, which stays valid."""
        return _JSON_STRING.sub(lambda match: f'"{self(match[1])}"', line)


def _spellings(secret: str) -> set[str]:
    """A secret as it stands in sentences, addresses, JSON and Python's repr."""
    return {
        secret,
        quote(secret, safe=""),
        quote(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
    }


class _Line(structlog.stdlib.ProcessorFormatter):
    """A finished line without secrets."""

    def __init__(self, redact: Callable[[str], str], processors: list[Processor], first: list[Processor]):
        super().__init__(processors=processors, foreign_pre_chain=first)
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        try:
            line = super().format(record)
        except Exception as error:  # noqa: BLE001  (logging would print the arguments, secrets and all)
            lost = f"a log line could not be written: {type(error).__name__}"
            plain = logging.LogRecord(
                record.name, record.levelno, record.pathname, record.lineno, lost, (), None
            )
            line = super().format(plain)
        return self._redact(line)


class _Stream(logging.StreamHandler[TextIO]):
    """Writes what can be written. DBOS flushes it as it starts, and would not start where that fails."""

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            super().flush()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (logging's name)
        """Nothing: logging's own prints the event as it was before secrets were taken out of it."""


def open_streams() -> None:
    """Has files in the places of stdin, stdout and stderr, and stderr keep nothing that it could not write.

    Where whoever started this has closed them, the next files that are opened would be in their places, and
    what libraries print would go into them. And no process starts while there is something left to flush.
    What a terminal has no letter for, such as a tick in Latin-1, is escaped.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest that is free is this one
    raw: Any = io.FileIO(2, "w", closefd=False)
    encoding = sys.stderr.encoding if sys.stderr else "utf-8"
    sys.stderr = io.TextIOWrapper(raw, encoding, errors="backslashreplace", write_through=True)
    written: Any = sys.stdout
    if hasattr(written, "reconfigure"):
        with suppress(OSError, ValueError):  # it flushes first, and may ask where in a file it is
            written.reconfigure(errors="backslashreplace")


def tell(line: str) -> None:
    """Says it on stderr, where somebody may read it."""
    with suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)  # noqa: T201


def configure(format: str, level: str, secrets: Iterable[str], stream: TextIO | None = None) -> None:  # noqa: A002
    """Sends every log line, from now on, to the stream (stderr if None).

    format: "console" or "json". level: a standard level's name. secrets: texts that no line may show.
    May be called again; the last call counts. Exceptions that nobody caught are logged too.
    """
    global _redactor
    target = stream or sys.stderr
    redactor = _redactor = Redactor([*secrets, *_hidden])
    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        _outage_in_a_line,
    ]
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if format == "json":
        last += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    else:
        colors = target.isatty() and not os.environ.get("NO_COLOR")  # https://no-color.org
        plain = structlog.dev.plain_traceback
        last.append(structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain))
    handler = _Stream(target)
    handler.setFormatter(_Line(redactor.in_json if format == "json" else redactor, last, first))

    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *first,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # loggers are made before this is called
    )
    root = logging.getLogger()
    root.handlers = [handler]
    wanted = logging.getLevelNamesMapping()[level]
    root.setLevel(max(logging.INFO, wanted))
    dbos = logging.getLogger("dbos")  # brings a handler of its own, unless it finds one
    dbos.handlers, dbos.propagate = [handler], False
    for name in _TALKATIVE:
        quiet = max(logging.WARNING, wanted) if wanted > logging.DEBUG else logging.NOTSET
        logging.getLogger(name).setLevel(quiet)
    for name in _DISCREET:
        logging.getLogger(name).setLevel(wanted if wanted < logging.INFO else logging.NOTSET)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught


def _outage_in_a_line(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Of what is away for a while, what it says itself: it is tried again and again, each time from the same
    place, and a trace of that tells nothing. Where it says nothing (our own time-out), its trace does."""
    match event.get("exc_info"):
        case True:
            error = sys.exception()
        case (_, error, _) | error:
            pass
    if isinstance(error, Exception) and is_away(error) and (said := first_line(error)):
        del event["exc_info"]
        event.update(level="warning", away=f"{type(error).__name__}: {said}")
    return event


def hide(secret: str) -> None:
    """Takes a secret that came up meanwhile out of every line, from now on."""
    if secret.strip() and secret not in _hidden:
        _hidden.add(secret)
        if _redactor is not None:
            _redactor.hide(secret)


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Any:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("jamboree").critical("ended by an error", exc_info=(kind, error, trace))
