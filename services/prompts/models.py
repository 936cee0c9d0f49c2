"""The provider's models: what each takes, and where a track has it.

The rule: what is sent is built from what was written down, so the same for the POST and for finding it in the
provider's history. Those of ACE-Step charge for each second of generated audio (wavespeed.ai/docs/docs-api,
the models' pages). Whether that is the part or the whole, of those that are given audio, `Prices` sees to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from services.prompts.section_markers import INSTRUMENTAL

SECONDS = 60  # of the piece whose price is asked for


@dataclass(frozen=True, slots=True)
class Model:
    """One model. takes: its inputs by the provider's names, each with the track's attribute that holds it.

    name: what people call it. price: the setting that says what a second costs. quoted: inputs with which its
    price for SECONDS is asked; None where that cannot be asked without audio, and its family's price counts.
    reads_brackets: whatever stands in [brackets] in lyrics means something to it, not the six markers only.
    writes_words: it makes up words where it is given none. by_run: it costs the same whatever its length, and
    its price is that of a run. optional: inputs that are left out where there is nothing in them.
    """

    id: str
    name: str
    takes: Mapping[str, str]
    always: Mapping[str, Any] = field(default_factory=dict[str, Any])
    price: str = "price_per_second"
    quoted: Mapping[str, Any] | None = None
    reads_brackets: bool = False
    writes_words: bool = True
    by_run: bool = False
    optional: frozenset[str] = frozenset()

    def inputs(self, track: object) -> dict[str, Any]:
        """What is sent to the provider for the track."""
        sent = {name: attrgetter(where)(track) for name, where in self.takes.items()} | dict(self.always)
        sent = {name: value for name, value in sent.items() if value or name not in self.optional}
        if not self.writes_words and not sent.get("lyrics"):  # it refuses to be given none
            sent["lyrics"] = INSTRUMENTAL
        return sent


_PROMPT = {"tags": "tags", "lyrics": "lyrics", "duration": "duration", "seed": "seed"}
_HEARD = {"audio": "source_url", "tags": "sound", "lyrics": "lyrics", "seed": "seed"}
_QUOTED = {"tags": "ambient", "lyrics": "[inst]", "duration": SECONDS, "seed": 0}

ACE_STEP = Model("wavespeed-ai/ace-step", "ace-step", _PROMPT, quoted=_QUOTED)
ACE_STEP_15 = Model(
    "wavespeed-ai/ace-step-1.5",
    "ace-step-1.5",
    _PROMPT,
    price="price_per_second_15",
    quoted=_QUOTED,
    reads_brackets=True,
    writes_words=False,
)
PROMPT_TO_AUDIO = Model(
    "wavespeed-ai/ace-step/prompt-to-audio",
    "ace-step, from an idea",
    {"prompt": "idea", "instrumental": "instrumental", "duration": "duration", "seed": "seed"},
    quoted={"prompt": "ambient music", "instrumental": True, "duration": SECONDS, "seed": 0},
)
AUDIO_TO_AUDIO = Model(
    "wavespeed-ai/ace-step/audio-to-audio",
    "ace-step, audio to audio",
    {
        **_HEARD,
        "edit_mode": "rework.edit_mode",
        "original_tags": "rework.old_tags",
        "original_lyrics": "rework.old_lyrics",
    },
)
INPAINT = Model(
    "wavespeed-ai/ace-step/audio-inpaint",
    "ace-step, inpaint",
    {**_HEARD, "start_time": "rework.start", "end_time": "rework.end"},
    always={"start_time_relative_to": "start", "end_time_relative_to": "start"},
)
OUTPAINT = Model(
    "wavespeed-ai/ace-step/audio-outpaint",
    "ace-step, outpaint",
    {
        **_HEARD,
        "extend_before_duration": "rework.before",
        "extend_after_duration": "rework.after",
    },
)
_QUALITY = {"bitrate": 256_000, "sample_rate": 44_100}  # bit/s and Hz, the best that it knows
MUSIC_01 = Model(
    "minimax/music-01",
    "music-01",
    {"lyrics": "lyrics", "voice": "voice_url", "instrumental": "played_below", "song": "sung_after"},
    always=_QUALITY,
    price="price_per_sung_song",
    quoted={"lyrics": "La la la", **_QUALITY},
    by_run=True,
    optional=frozenset({"instrumental", "song"}),
)

MODELS = {
    model.id: model
    for model in (ACE_STEP, ACE_STEP_15, PROMPT_TO_AUDIO, AUDIO_TO_AUDIO, INPAINT, OUTPAINT, MUSIC_01)
}


COMPOSERS = (ACE_STEP, ACE_STEP_15)  # those that members choose among


def model_of(model_id: str) -> Model:
    """The model with that id. Raises KeyError."""
    return MODELS[model_id]


def takes_seed(model_id: str) -> bool:
    """Whether the same seed makes the same with that model. Raises KeyError."""
    return "seed" in MODELS[model_id].takes
