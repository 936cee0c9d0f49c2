"""The bot, with its SQL counted, of all threads and DBOS's too; and, if wanted, every call of its own code.

`python -m bench.programs.counted_bot FOLDER [--calls] [--places N]`. SIGUSR1 writes what was counted since
the last one to a file in the folder, and begins anew. --calls: of its own code, which makes the
bot slower. --places: so many renders at once, whatever the account allows.
"""

from __future__ import annotations

import argparse
import dis
import json
import signal
import sys
import threading
from collections import Counter
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

import bot
from services.settings import Settings

ROOT = Path(__file__).parents[2]


class Counts:
    """Calls from function to function, by file, and statements of SQL."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written = 0
        self._places: dict[str, str | None] = {}
        self._begin()

    def _begin(self) -> None:
        self.calls: Counter[tuple[str, str, str]] = Counter()  # caller's file:function, file, function
        self.statements: Counter[str] = Counter()
        self.commits = 0

    def place(self, path: str) -> str | None:
        """The file, from the project's root on, where it is the bot's own code."""
        if path not in self._places:
            try:
                relative = str(Path(path).relative_to(ROOT))
            except ValueError:
                relative = ""
            own = relative == "bot.py" or relative.startswith(("cogs/", "services/"))
            self._places[path] = relative if own else None
        return self._places[path]

    def profile(self, frame: FrameType, what: str, _argument: Any) -> None:
        """Counts a call; a coroutine that goes on is none, and neither is a comprehension or a lambda."""
        code = frame.f_code
        if what != "call" or (place := self.place(code.co_filename)) is None:
            return
        if frame.f_lasti > _first(code) or code.co_name.startswith("<"):
            return
        caller = frame.f_back
        while caller is not None and self.place(caller.f_code.co_filename) is None:
            caller = caller.f_back
        came_from = ""
        if caller is not None:
            came_from = f"{self.place(caller.f_code.co_filename)}:{caller.f_code.co_qualname}"
        self.calls[came_from, place, code.co_qualname] += 1

    def write(self, *_signal: Any) -> None:
        """Writes what was counted, whole, and begins anew."""
        calls, statements, commits = self.calls, self.statements, self.commits
        self._begin()
        found = {"calls": [[*key, times] for key, times in calls.items()], "statements": statements}
        path = self._folder / f"counts-{self._written}.json"
        self._written += 1
        path.with_suffix(".part").write_text(json.dumps({**found, "commits": commits}))
        path.with_suffix(".part").rename(path)


@cache
def _first(code: CodeType) -> int:
    """Where the function begins, as an offset in its bytecode; a coroutine that goes on is past that."""
    return next(one.offset for one in dis.get_instructions(code) if one.opname == "RESUME")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--calls", action="store_true")
    parser.add_argument("--places", type=int)
    given = parser.parse_args()
    del sys.argv[1:]
    counts = Counts(given.folder)
    if given.places:
        Settings.concurrency = property(lambda _: given.places)  # pyright: ignore[reportAttributeAccessIssue]

    def executed(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            counts.statements[" ".join(statement.split())[:120]] += 1

    def committed(_connection: Any) -> None:
        counts.commits += 1

    event.listen(Engine, "before_cursor_execute", executed)
    event.listen(Engine, "commit", committed)
    signal.signal(signal.SIGUSR1, counts.write)
    if given.calls:
        sys.setprofile(counts.profile)
        threading.setprofile(counts.profile)
    bot.main()


if __name__ == "__main__":
    main()
