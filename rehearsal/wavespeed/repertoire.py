"""What was made here and how, so that it is known again when somebody brings it back to be worked on."""

from __future__ import annotations

import base64
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rehearsal.music.decoding import Recording

ROOM = 5000  # pieces that are remembered


class Repertoire:
    """Prints (of `music.recognition`) by origin (of `music.lineage`), oldest first. Threads may share it."""

    def __init__(self) -> None:
        self._prints: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, sound: Recording, origin: str) -> None:
        """Remembers a piece."""
        from rehearsal.music.reworks.recognition import fingerprint

        print_ = self._prints.get(origin) or fingerprint(sound)
        with self._lock:
            self._prints[origin] = print_
            self._prints.move_to_end(origin)
            while len(self._prints) > ROOM:
                self._prints.popitem(last=False)

    def find(self, sound: Recording) -> str:
        """The origin of the piece that this is, or nothing."""
        from rehearsal.music.reworks.recognition import recognised

        with self._lock:
            prints = dict(self._prints)
        return recognised(sound, prints)

    def remember(self) -> dict[str, str]:
        """As JSON for the state file."""
        return {origin: base64.b64encode(print_).decode() for origin, print_ in self._prints.items()}

    def recall(self, prints: Mapping[str, str]) -> None:
        """The opposite of remember()."""
        self._prints.update((origin, base64.b64decode(text)) for origin, text in prints.items())
