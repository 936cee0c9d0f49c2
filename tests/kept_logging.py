"""What a test changes of the process's logging is put back."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager

import structlog

from services import logs


@contextmanager
def kept_logging() -> Generator[None]:
    """Logging may be configured in it; afterwards it is as it was, each logger's level too."""
    root, dbos = logging.getLogger(), logging.getLogger("dbos")
    before = root.handlers, root.level, dbos.handlers, dbos.propagate, sys.excepthook
    levels = {name: logging.getLogger(name).level for name in list(root.manager.loggerDict)}
    try:
        yield
    finally:
        root.handlers, level, dbos.handlers, dbos.propagate, sys.excepthook = before
        root.setLevel(level)
        for name in list(root.manager.loggerDict):
            logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))
        logging.captureWarnings(False)
        structlog.reset_defaults()


@contextmanager
def logged(form: str, level: str) -> Generator[io.StringIO]:
    """What is logged in it, in the form and from the level on that LOG_FORMAT and LOG_LEVEL can name."""
    stream = io.StringIO()
    with kept_logging():
        logs.configure(form, level, [], stream)
        yield stream
