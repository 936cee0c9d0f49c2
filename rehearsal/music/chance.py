"""Where chance comes from: a seed and a word for what is being decided, so that each decision stands alone.

Two pieces with one seed share what their tags and lyrics do not force apart: a remix keeps its tune.
"""

from __future__ import annotations

import hashlib

import numpy as np


class Chance:
    """Generators by name; the same name gives the same numbers in every process."""

    def __init__(self, seed: int | str) -> None:
        self._seed = seed

    def of(self, *names: object) -> np.random.Generator:
        return np.random.default_rng(number_of("/".join(map(str, (self._seed, *names)))))


def number_of(text: str) -> int:
    """A large whole number that any text stands for, always the same one."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16], "big")
