"""Writing settings into an .env that somebody may have written in: only the lines that set them change.

The rule: the file is whole at any moment, and nobody but its owner may read it.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from services.settings_source import parsed

NEWLINE = "\n"
BEHIND = re.compile(r"\s+#[^\r\n]*$")  # a comment behind a value


def with_values(text: str, values: Mapping[str, str]) -> str:
    """The text of an .env in which these settings have these values; every other line stays as it is.

    A setting that the file has (in several lines, all of them) or has commented out keeps its place; others
    come at the end.
    """
    for name, value in values.items():
        lines = parsed(text)
        places = [number for number, one in enumerate(lines) if (one.key or "").upper() == name]
        commented = re.compile(rf"^#[ \t]*{name}=[^\r\n]*", re.MULTILINE)
        if places:
            pieces = [one.original.string for one in lines]
            for place in places:
                pieces[place] = _set(pieces[place], name, value)
            text = "".join(pieces)
        elif commented.search(text):
            text = commented.sub(f"{name}={value}", text, count=1)
        else:
            text = f"{text}{'' if text.endswith(NEWLINE) or not text else NEWLINE}{name}={value}{NEWLINE}"
    return text


def _set(piece: str, name: str, value: str) -> str:
    before = piece[: len(piece) - len(piece.lstrip())]
    comment = BEHIND.search(piece.rstrip())
    after = piece[len(piece.rstrip()) :]
    return f"{before}{name}={value}{comment[0] if comment else ''}{after}"


def try_to_write(path: Path, text: str) -> None:
    """Does all that `write_private` does, and leaves the file as it is. Raises OSError."""
    with _written_beside(path.resolve(), text):
        pass


def write_private(path: Path, text: str) -> None:
    """Puts the text in the file's place, in one step. What a link leads to is written. Raises OSError."""
    path = path.resolve()
    with _written_beside(path, text) as made:
        made.replace(path)


@contextmanager
def _written_beside(path: Path, text: str) -> Generator[Path]:
    """A file beside it that has the text; gone in the end, unless it was put elsewhere."""
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # with mode 0600
    made = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield made
    finally:
        made.unlink(missing_ok=True)
