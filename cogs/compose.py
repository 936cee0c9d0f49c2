"""/compose: a song from tags and, if its member likes, their own words; or from an idea in a sentence."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands

from cogs.contests.deciding import suggest_contests
from cogs.core.fields import LONGEST_INPUT, LONGEST_TAGS, LONGEST_TITLE
from cogs.core.guild_checks import check_may_ask
from cogs.core.responses import Interaction, hold_if_slow
from cogs.core.rights import Who, right
from cogs.requests.attachments import FileTooLarge, NotFetched, fetch
from cogs.requests.drafts import Draft, Form, give_back, open_to_write
from cogs.requests.submit import submit_draft
from cogs.texts import drafts as texts
from cogs.texts.prompts.drafts import DraftFault
from services.contests.contest import NoSuchContest, Phase
from services.prompts.models import COMPOSERS
from services.prompts.prompt import (
    INSTRUMENTAL,
    LARGEST_SEED,
    LONGEST,
    MAX_LYRICS_FILE_BYTES,
    SHORTEST,
    Fault,
    PromptError,
    decode_lyrics_file,
    suggest_tags,
)
from services.text.refusal import RequestRefusal

WRITE, NOBODY_SINGS, DECIDE = "write", "instrumental", "decide"


class Compose(commands.Cog):
    """Asks for a new track."""

    @app_commands.command(
        description="Make a song from tags and, if you like, your own lyrics; or from an idea."
    )
    @app_commands.describe(
        tags="Genre, instruments, mood, separated by commas: funk, brass, upbeat",
        duration="How long, in seconds (5 to 240; 60 if you say nothing)",
        vocals="Who writes the words, if anybody sings",
        lyrics="Your lyrics, with \\n between two lines; longer ones go into a form: choose write lyrics",
        lyrics_file="Your lyrics as a text file",
        seed="The same seed and the same words make the same song; I pick one if you do not",
        title="What to call it",
        idea="In place of tags: what it should be like, in a sentence; the model writes the words",
        contest="The contest that it is made for; nobody else sees it until that is over",
        model="ace-step; or ace-step-1.5: 50 and more languages, and it sings only words that you write",
    )
    @app_commands.choices(
        vocals=[
            app_commands.Choice(name="write lyrics", value=WRITE),
            app_commands.Choice(name="instrumental", value=NOBODY_SINGS),
            app_commands.Choice(name="let the model decide", value=DECIDE),
        ],
        model=[app_commands.Choice(name=model.name, value=model.name) for model in COMPOSERS],
    )
    @right(Who.MEMBER, "Ask for a track, where the guild's rules allow it and no ban stands against it")
    async def compose(
        self,
        interaction: Interaction,
        tags: app_commands.Range[str, 1, LONGEST_TAGS] | None = None,
        duration: app_commands.Range[int, SHORTEST, LONGEST] = 60,
        vocals: str = DECIDE,
        lyrics: app_commands.Range[str, 1, LONGEST_INPUT] | None = None,
        lyrics_file: discord.Attachment | None = None,
        seed: app_commands.Range[int, 0, LARGEST_SEED] | None = None,
        title: app_commands.Range[str, 1, LONGEST_TITLE] | None = None,
        idea: app_commands.Range[str, 1, LONGEST_TAGS] | None = None,
        model: str | None = None,
        contest: str | None = None,
    ) -> None:
        """Opens the form for words where they are to be written; else asks for the track at once."""
        draft = Draft(
            tags=tags or "",
            lyrics=(lyrics or "").replace("\\n", "\n"),
            duration=str(duration),
            seed="" if seed is None else str(seed),
            title=title or "",
            idea=idea or "",
            model="" if model in (None, COMPOSERS[0].name) else model,
            contest_id=contest or None,
        )
        if draft.contest_id and not draft.for_contest:  # typed, and not chosen
            await give_back(interaction, draft, NoSuchContest())
            return
        if vocals == WRITE and lyrics_file is None and not idea:
            try:
                await open_to_write(interaction, Form("write", draft, title=str(texts.WRITE_TITLE)))
            except RequestRefusal as refusal:
                await give_back(interaction, draft, refusal)
            return
        await hold_if_slow(interaction)
        faults: tuple[Fault, ...] = ()
        if vocals == WRITE and lyrics_file is None:
            faults = (Fault("vocals", DraftFault.WORDS_OF_AN_IDEA),)
        if lyrics_file is not None:
            try:
                await check_may_ask(interaction)
            except RequestRefusal as refusal:
                await give_back(interaction, draft, refusal)
                return
            in_file, faults = await read_lyrics(interaction, lyrics_file)
            if lyrics:
                faults += (Fault("lyrics", DraftFault.LYRICS_TWICE),)
            draft = replace(draft, lyrics=in_file or draft.lyrics)
        if vocals == NOBODY_SINGS:
            if lyrics_file is not None or draft.lyrics not in ("", INSTRUMENTAL):
                faults += (Fault("vocals", DraftFault.SUNG_INSTRUMENTAL),)
            draft = replace(draft, lyrics=draft.lyrics or INSTRUMENTAL)
        await submit_draft(interaction, draft, faults)

    @compose.autocomplete("tags")
    async def suggest(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Tags that go on with what was typed."""
        return [app_commands.Choice(name=value, value=value) for value in suggest_tags(typed)]

    @compose.autocomplete("contest")
    async def contests(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Contests that are open for entries; none where there is none."""
        return await suggest_contests(interaction, typed, phase=Phase.ENTRIES)


async def read_lyrics(interaction: Interaction, file: discord.Attachment) -> tuple[str, tuple[Fault, ...]]:
    """The words in a lyrics file, or what is wrong with it."""
    pieces = fetch(interaction.client.settings.discord_api_url, file, MAX_LYRICS_FILE_BYTES)
    try:
        async with contextlib.aclosing(pieces):
            return decode_lyrics_file(b"".join([piece async for piece in pieces])), ()
    except FileTooLarge:
        values = {"name": file.filename, "most": MAX_LYRICS_FILE_BYTES // 1024}
        return "", (Fault("lyrics_file", DraftFault.LYRICS_FILE_TOO_LARGE, values),)
    except NotFetched:
        return "", (Fault("lyrics_file", DraftFault.NOT_FETCHED),)
    except PromptError as error:
        return "", error.faults
