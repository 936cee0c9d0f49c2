"""Reading the settings: from the environment, or from .env where the environment says nothing.

The rule: what is wrong, missing or no setting at all stops the start with one line that names it, and never
shows a secret.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dotenv.parser import Binding, parse_stream
from pydantic import ValidationError

from services.settings import Settings

MISSING = ("DISCORD_TOKEN is missing", "WAVESPEED_API_KEY is missing")
# What may stand in .env for others who read it: Docker, compose, and whatever runs in a container.
FOREIGN = re.compile(
    r"POSTGRES_PASSWORD|(COMPOSE|DOCKER|BUILDKIT|PYTHON)\w*|TZ|LANG|LC_\w+|(HTTPS?|NO|ALL)_PROXY",
    re.IGNORECASE,
)
ALIKE = 0.7  # of difflib's 1; in .env, where nearly every name is meant for us
# In the environment, where thousands of names are not: so alike that it is a slip, and too long for a word
# that other programs use too, such as LOGLEVEL.
SLIP, LONG = 0.9, 10
PLAIN = re.compile(r"[A-Z][A-Z_]{1,39}")  # a name that surely is no secret in a wrong place
THE_ROOM = (
    "`make configure` asks for token and key. Without both of them, `make run` opens the rehearsal room, "
    "which needs no account."
)


PLAINLY = {  # what pydantic says of a value's kind, in words for whoever writes the value
    "a valid decimal": "a number",
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid boolean": "true or false",
    "greater than or equal to": "at least",
    "less than or equal to": "at most",
}


class SettingsError(Exception):
    """What is missing or wrong, in one line, each setting by its name in the environment."""


def environment_name(field: str) -> str:
    """A field's name in the environment."""
    return str(Settings.model_fields[field].validation_alias or field).upper()


NAMES = [environment_name(field) for field in Settings.model_fields]


def load_settings(env_file: str | Path = ".env", *, without_secrets: bool = False, **given: Any) -> Settings:
    """The settings of this process; the environment wins over the file. Raises SettingsError.

    without_secrets: for whoever asks neither Discord nor WaveSpeed anything as the bot. given: fields that
    have these values, whatever is set.
    """
    if without_secrets:
        given |= dict.fromkeys(("discord_token", "wavespeed_api_key"), "not-needed")
    wrong: list[str] = []
    try:
        strange = [*_strange_lines(Path(env_file)), *_slips()]
        try:
            settings = Settings(_env_file=env_file, _env_file_encoding="utf-8-sig", **given)  # pyright: ignore
        except ValidationError as error:
            settings, wrong = None, list(_problems(error))
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{env_file} cannot be read; it must be a UTF-8 text file") from None
    if settings is not None and not strange:
        return settings
    said = [*strange, f"{'; '.join(wrong)}."] if wrong else strange
    only_missing = not strange and all(" is missing" in one for one in wrong)
    said += [THE_ROOM] if any(one.startswith(MISSING) for one in wrong) else []
    said.append(
        f"{'Set' if only_missing else 'Correct'} this in {env_file} or the environment; "
        ".env.example explains each setting."
    )
    raise SettingsError(" ".join(said))


# names that are none ------------------------------------------------------------------------------------


def parsed(text: str) -> list[Binding]:
    """An .env piece by piece: each with its name, if it has one, and together the whole text."""
    return list(parse_stream(io.StringIO(text)))


def _strange_lines(file: Path) -> Iterator[str]:
    """Says of each line that sets nothing what it is, and of what is set twice in which lines.

    Raises SettingsError where one is no line of such a file; OSError, UnicodeDecodeError.
    """
    text = file.read_text(encoding="utf-8-sig") if file.exists() else ""
    given: dict[str, tuple[int, str]] = {}  # by setting: the line that sets it, and to what
    for one in parsed(text):
        if one.key is None and not one.error:
            continue
        line = one.original.line + _blank_lines(one.original.string)
        if one.key is None:
            raise SettingsError(f"line {line} of {file} cannot be read; it must look like NAME=value")
        elif one.key.upper() not in NAMES and not FOREIGN.fullmatch(one.key):
            meant = _nearest(one.key, ALIKE)
            seen = one.key.isascii()  # a space of no width, say, would not be
            known = seen and (meant or PLAIN.fullmatch(one.key))
            shown = one.key if known else f"What line {line} of {file} names"
            yield f"{shown} is no setting; do you mean {meant}?" if meant else f"{shown} is no setting."
        elif (value := (one.value or "").strip()) or one.key.upper() in given:
            first, before = given.setdefault(one.key.upper(), (line, value))
            if before != value:  # one counts, and whoever wrote the other believes that it does
                yield f"{one.key.upper()} is set twice, in lines {first} and {line}; keep one of them."


def _slips() -> Iterator[str]:
    """Says of each name in the environment that is nearly a setting which one."""
    for name in os.environ:
        ours = name.upper() in NAMES or FOREIGN.fullmatch(name) or name.upper().startswith("AWS_")
        if not ours and len(name) >= LONG and (meant := _nearest(name, SLIP)):
            yield f"{name} is no setting; do you mean {meant}?"


def _nearest(name: str, alike: float) -> str | None:
    return next(iter(get_close_matches(name.upper(), [*NAMES, "POSTGRES_PASSWORD"], 1, alike)), None)


def _blank_lines(string: str) -> int:
    """How many lines of what was read stand before the first that says something."""
    return string[: len(string) - len(string.lstrip())].count("\n")


# values that are wrong ----------------------------------------------------------------------------------


def _problems(error: ValidationError) -> Iterable[str]:
    """Each wrong setting and what is the matter. No values: one could be a secret in a wrong place."""
    names = {environment_name(field).lower(): field for field in Settings.model_fields}
    for one in error.errors(include_input=False, include_url=False):
        field = names[str(one["loc"][0]).lower()]
        problem = one["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
        problem = problem.partition(", unable to")[0]
        for theirs, plain in PLAINLY.items():
            problem = problem.replace(theirs, plain)
        if one["type"] == "missing":
            problem = "is missing"
        if problem == "is missing":
            problem += f" ({Settings.model_fields[field].description})".replace(".)", ")")
        yield f"{environment_name(field)} {problem}"
