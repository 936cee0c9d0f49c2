"""docs/member.md, docs/host.md, CONTRIBUTING.md: what can be pasted works, what is worked out is right."""

from __future__ import annotations

import ast
import importlib
import re
import textwrap
from pathlib import Path

import pytest

from bot import WRONG_SETTING
from services.prompts.models import COMPOSERS
from services.prompts.prompt import parse_prompt
from services.settings import Settings
from services.settings_source import environment_name
from services.words.blocked_words import default_lists, word_faults

DOCS = Path(__file__).parents[2] / "docs"
MEMBER, HOST = ((DOCS / name).read_text("utf-8") for name in ("member.md", "host.md"))
RECIPES = re.findall(r"^\| ([^|]+) \| ([^|]+,[^|]+ bpm) \| (\d+) \|$", MEMBER, re.MULTILINE)
LYRICS = re.findall(r"^```lyrics\n(.*?)^```", MEMBER, re.MULTILINE | re.DOTALL)
COSTS = re.findall(
    r"^\| ([\d,]+) \| ([\d,]+) songs, \$([\d.]+) \| ([\d,]+) songs, \$([\d.]+) \|", HOST, re.MULTILINE
)
EXAMPLES = re.findall(
    r"^   ```python\n(.*?)^   ```", (DOCS.parent / "CONTRIBUTING.md").read_text("utf-8"), re.M | re.S
)
MONTH = 365.25 / 12  # days


def test_there_are_twenty_styles_and_words_to_sing() -> None:
    assert len({style for style, _, _ in RECIPES}) == 20
    assert len(LYRICS) == 2


@pytest.mark.parametrize(("style", "tags", "seconds"), RECIPES)
@pytest.mark.parametrize("lyrics", ["[inst]", *LYRICS])
async def test_a_style_can_be_pasted(style: str, tags: str, seconds: str, lyrics: str) -> None:
    prompt = parse_prompt(tags=tags, lyrics=lyrics, duration=seconds, title=style)
    assert prompt.tags == tags
    assert prompt.warnings == ()
    assert await word_faults(prompt.texts, default_lists()) == []


@pytest.mark.parametrize("lyrics", LYRICS)
@pytest.mark.parametrize("model", [model.name for model in COMPOSERS])
def test_the_words_fit_into_a_minute(lyrics: str, model: str) -> None:
    prompt = parse_prompt(tags="pop", lyrics=lyrics, duration=60, model=model)
    assert prompt.warnings == ()
    assert prompt.lyrics.startswith("[")


@pytest.mark.parametrize(("members", "few", "few_cost", "many", "many_cost"), COSTS)
def test_the_costs_are_worked_out_right(
    members: str, few: str, few_cost: str, many: str, many_cost: str
) -> None:
    price = Settings.model_fields["price_per_second"].default * 60 / 1e6
    for a_day, songs, cost in ((2 / 7, few, few_cost), (1, many, many_cost)):
        expected = int(members.replace(",", "")) * a_day * MONTH
        assert int(songs.replace(",", "")) == round(expected)
        assert float(cost) == pytest.approx(expected * price, abs=0.0051)


def test_every_setting_that_is_named_is_one() -> None:
    names = {environment_name(field) for field in Settings.model_fields}
    others = {"POSTGRES_PASSWORD", "FROM", "TO", "REPLACE", "TARGET"}
    found = set(re.findall(r"`([A-Z]{2,}_[A-Z_]+)\b", HOST))
    assert len(COSTS) == 3
    assert found - names - others == set()


def test_systemd_and_docker_give_the_bot_time_to_stop_and_do_not_insist_on_a_wrong_setting() -> None:
    stops = re.findall(r"(?:^TimeoutStopSec=|--stop-timeout )(\d+)", HOST, re.MULTILINE)
    assert len(stops) == 2
    assert min(map(int, stops)) > Settings.model_fields["shutdown_grace"].default
    assert f"RestartPreventExitStatus={WRONG_SETTING}\n" in HOST


def test_docker_starts_the_bot_again_with_the_machine() -> None:
    """A machine that is shut down stops the bot, which is no failure to Docker."""
    assert re.findall(r"--restart (\S+)", HOST) == ["unless-stopped"]


@pytest.mark.parametrize("example", EXAMPLES, ids=("texts", "command", "test"))
def test_an_example_for_contributors_is_made_of_what_there_is(example: str) -> None:
    read = ast.parse(textwrap.dedent(example))
    assert ast.get_docstring(read)
    for node in ast.walk(read):
        named = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        if isinstance(node, ast.ImportFrom) and re.match(r"cogs\.(?!.*\bdice$)", named):
            module = importlib.import_module(named)
            assert [one.name for one in node.names if not hasattr(module, one.name)] == []
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            assert ast.get_docstring(node) or node.name.startswith("test_"), node.name
