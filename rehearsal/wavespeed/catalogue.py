"""The models: what they take, what they cost. Inputs are checked as the API's schemas say.

The prices are those of the models' pages (wavespeed.ai/docs/docs-api/wavespeed-ai/ace-step…, seen in copies):
"$0.0002 per second of generated audio" for ace-step and its four relatives, $0.0003 for ace-step-1.5. What
counts as generated the pages leave open where there is audio already; here it is what is new, the whole
length for audio-to-audio, the passage for audio-inpaint, the extensions for audio-outpaint. (Another host of
the same models bills an outpainted piece as a whole; so ask for the price before the spend.)
minimax/music-01 costs the same whatever it sings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from rehearsal.wavespeed.answers import ApiError, usd

PRICE_PER_SECOND = 200  # micro-dollars for a second of generated audio; ace-step and its relatives
LARGEST_SEED = 2147483647
SOURCES = ("audio", "instrumental", "song", "voice")
SINGER = "minimax/music-01"
SHORTEST_REFERENCE = 15.0  # seconds that its references must be longer than
LONGEST_SONG = 60.0  # seconds that it sings
BY_ITSELF = 20.0  # seconds that it sings where nothing plays below; ours, the page names none
SHORTEST_PASSAGE = 0.5  # seconds; ours, the pages name none


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a model; `least` and `most` are inclusive; of a string, `most` is how long it may be."""

    kind: Literal["string", "number", "integer", "boolean"]
    required: bool = False
    default: Any = None
    least: float | None = None
    most: float | None = None
    choices: tuple[Any, ...] = ()

    def check(self, name: str, value: Any) -> Any:
        """The value as the model gets it. Raises ApiError 400 with the reason."""
        match self.kind:
            case "string":
                if not isinstance(value, str):
                    raise ApiError(400, f'property "{name}" must be a string')
                if self.required and not value.strip():
                    raise ApiError(400, f'property "{name}" must not be empty')
                if self.most is not None and len(value) > self.most:
                    raise ApiError(400, f'property "{name}" must have at most {int(self.most)} characters')
            case "boolean":
                if not isinstance(value, bool):
                    raise ApiError(400, f'property "{name}" must be a boolean')
            case "number" | "integer":
                value = self._number(name, value)
        if self.choices and value not in self.choices:
            raise ApiError(400, f'property "{name}" must be one of {", ".join(map(str, self.choices))}')
        return value

    def _number(self, name: str, value: Any) -> int | float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ApiError(
                400, f'property "{name}" must be {"an integer" if self.kind == "integer" else "a number"}'
            )
        if isinstance(value, float) and not math.isfinite(value):  # 1e999 is valid JSON
            raise ApiError(400, f'property "{name}" is not a finite number')
        if self.kind == "integer" and value % 1:
            raise ApiError(400, f'property "{name}" must be an integer')
        if self.least is not None and value < self.least:
            raise ApiError(400, f'property "{name}" must be at least {self.least:g}')
        if self.most is not None and value > self.most:
            raise ApiError(400, f'property "{name}" must be at most {int(self.most)}')
        return int(value) if self.kind == "integer" else value

    def schema(self) -> dict[str, Any]:
        """As JSON schema, for the catalogue."""
        whole = {
            "type": self.kind,
            "default": self.default,
            "minimum": self.least,
            "maxLength" if self.kind == "string" else "maximum": self.most,
            "enum": list(self.choices) or None,
        }
        return {name: value for name, value in whole.items() if value is not None}


def _duration(inputs: Mapping[str, Any], _: float) -> float:
    return inputs["duration"]


def _at_most_a_minute(_: Mapping[str, Any], length: float) -> float:
    return min(LONGEST_SONG, length or BY_ITSELF)


def _whole(_: Mapping[str, Any], length: float) -> float:
    return length


def passage(inputs: Mapping[str, Any], length: float) -> tuple[float, float]:
    """From where to where (seconds) an inpainting of audio of a length goes. Raises ApiError 400.

    Relative to the end is counted back from it; an end past the end is the end (the default is 30)."""
    start, end = inputs["start_time"], inputs["end_time"]
    start = max(0.0, start if inputs["start_time_relative_to"] == "start" else length - start)
    end = min(length, end if inputs["end_time_relative_to"] == "start" else length - end)
    if end - start < SHORTEST_PASSAGE:
        raise ApiError(
            400,
            f"the passage must have at least {SHORTEST_PASSAGE:g} s: it goes from {start:g} to {end:g} s"
            f" of {length:.1f} s",
        )
    return start, end


def _passage(inputs: Mapping[str, Any], length: float) -> float:
    start, end = passage(inputs, length)
    return end - start


def _extensions(inputs: Mapping[str, Any], _: float) -> float:
    seconds = inputs["extend_before_duration"] + inputs["extend_after_duration"]
    if not seconds:
        raise ApiError(400, "nothing to extend: both durations are 0")
    return seconds


def _extended(inputs: Mapping[str, Any], length: float) -> float:
    return length + _extensions(inputs, length)


def _around_passage(inputs: Mapping[str, Any], length: float) -> float:
    passage(inputs, length)
    return length


@dataclass(frozen=True, slots=True)
class Model:
    """`seconds`: how much audio is generated, and billed, for checked inputs and a source of a length
    (seconds). `formula`: how the catalogue writes that."""

    id: str
    description: str
    fields: Mapping[str, Field]
    price_per_second: int = PRICE_PER_SECOND
    price_per_run: int = 0
    """Micro-dollars, of those that are not billed by the second."""
    seconds: Callable[[Mapping[str, Any], float], float] = _duration
    formula: str = "base_price * duration"
    form: str = "mp3"
    """What its outputs are; lossless where samples are kept as they were."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The inputs that are addresses of audio."""
        texts = [name for name, wanted in self.fields.items() if wanted.kind == "string"]
        return tuple(name for name in SOURCES if name in texts)

    def check(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs with their defaults; properties that the model does not know are left out.

        Raises ApiError 400."""
        inputs: dict[str, Any] = {}
        if self.id == SINGER and not any(body.get(name) for name in (*self.sources, "lyrics")):
            raise ApiError(400, "there are neither words nor a reference to sing after")
        for name, wanted in self.fields.items():
            value = body.get(name)
            if value is not None:
                inputs[name] = wanted.check(name, value)
            elif wanted.required:
                raise ApiError(400, f'property "{name}" is missing')
            elif wanted.default is not None:
                inputs[name] = wanted.default
        return inputs

    def price(self, seconds: float, base: int | None = None) -> int:
        """Micro-dollars for seconds of audio; `base` is what ace-step costs if not PRICE_PER_SECOND."""
        if self.price_per_run:
            return self.price_per_run
        return round(self.price_per_second * seconds * (1 if base is None else base / PRICE_PER_SECOND))

    def entry(self, documented: bool) -> dict[str, Any]:
        """As the catalogue lists it; documented: with its formula, and the schema where the documents say."""
        schema = {
            "type": "object",
            "required": [name for name, wanted in self.fields.items() if wanted.required],
            "properties": {name: wanted.schema() for name, wanted in self.fields.items()},
        }
        more = {"formula": self.formula, "api_schema": {"api_schemas": [{"request_schema": schema}]}}
        return {
            "model_id": self.id,
            "name": self.id,
            "type": "audio-to-audio" if self.sources else "text-to-audio",
            "description": self.description,
            "base_price": usd(self.price_per_run or self.price_per_second),
            **(more if documented else {"api_schema": schema}),
        }


def _by_the_whole(model: Model) -> Model:
    """The model, billed by the length of all that comes out."""
    if model.seconds is _extensions:
        formula = "base_price * (audio.duration + extend_before_duration + extend_after_duration)"
        return replace(model, seconds=_extended, formula=formula)
    if "audio" not in model.fields:
        return model
    seconds = _around_passage if model.seconds is _passage else model.seconds
    return replace(model, seconds=seconds, formula="base_price * audio.duration")


_TAGS = Field("string", required=True)
_LYRICS = Field("string", default="")
_DURATION = Field("number", default=60, least=5, most=240)
_SEED = Field("integer", default=-1, least=-1, most=LARGEST_SEED)
_AUDIO = Field("string", required=True)
_EDGE = Field("string", default="start", choices=("start", "end"))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`documented`: reworks are billed by their whole length, and the formula says so."""

    documented: bool = False
    models: Mapping[str, Model] = field(
        default_factory=lambda: {
            model.id: model
            for model in (
                Model(
                    "wavespeed-ai/ace-step",
                    "Music from tags and lyrics.",
                    {"tags": _TAGS, "lyrics": _LYRICS, "duration": _DURATION, "seed": _SEED},
                ),
                Model(
                    "wavespeed-ai/ace-step/audio-to-audio",
                    "A piece again, with other tags or other words.",
                    {
                        "audio": _AUDIO,
                        "original_tags": _TAGS,
                        "tags": _TAGS,
                        "edit_mode": Field("string", default="remix", choices=("remix", "lyrics")),
                        "original_lyrics": _LYRICS,
                        "lyrics": _LYRICS,
                        "seed": _SEED,
                    },
                    seconds=_whole,
                ),
                Model(
                    "wavespeed-ai/ace-step/audio-inpaint",
                    "A passage of a piece anew.",
                    {
                        "audio": _AUDIO,
                        "tags": _TAGS,
                        "start_time": Field("number", default=0, least=0, most=240),
                        "end_time": Field("number", default=30, least=0, most=240),
                        "start_time_relative_to": _EDGE,
                        "end_time_relative_to": _EDGE,
                        "lyrics": _LYRICS,
                        "seed": _SEED,
                    },
                    seconds=_passage,
                    form="flac",
                ),
                Model(
                    "wavespeed-ai/ace-step/audio-outpaint",
                    "More of a piece, before and after.",
                    {
                        "audio": _AUDIO,
                        "tags": _TAGS,
                        "extend_before_duration": Field("number", default=0, least=0, most=240),
                        "extend_after_duration": Field("number", default=30, least=0, most=240),
                        "lyrics": _LYRICS,
                        "seed": _SEED,
                    },
                    seconds=_extensions,
                    form="flac",
                ),
                Model(
                    "wavespeed-ai/ace-step/prompt-to-audio",
                    "Music from a description; the model writes tags and lyrics.",
                    {
                        "prompt": Field("string", required=True),
                        "instrumental": Field("boolean", default=False),
                        "duration": _DURATION,
                        "seed": _SEED,
                    },
                ),
                Model(
                    "wavespeed-ai/ace-step-1.5",
                    "Music from tags and lyrics in 50 and more languages.",
                    {"tags": _TAGS, "lyrics": _LYRICS, "duration": _DURATION, "seed": _SEED},
                    price_per_second=300,
                ),
                Model(
                    SINGER,
                    "Words sung by the voice of a reference, over a track or after a song.",
                    {
                        "lyrics": Field("string", default="", most=350),
                        "voice": Field("string"),
                        "instrumental": Field("string"),
                        "song": Field("string"),
                        "bitrate": Field("integer", default=256000, choices=(32000, 64000, 128000, 256000)),
                        "sample_rate": Field("integer", default=44100, choices=(16000, 24000, 32000, 44100)),
                    },
                    price_per_run=350_000,
                    seconds=_at_most_a_minute,
                    formula="base_price",
                ),
            )
        }
    )

    def __post_init__(self) -> None:
        if self.documented:
            object.__setattr__(
                self, "models", {name: _by_the_whole(one) for name, one in self.models.items()}
            )

    def find(self, model_id: object) -> Model:
        """Raises ApiError 404."""
        model = self.models.get(model_id) if isinstance(model_id, str) else None
        if model is None:
            raise ApiError(404, f"model {model_id} not found", "model_not_found")
        return model
