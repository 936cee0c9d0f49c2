"""/remix-seed and the "Remix seed" entry in a message's menu: the same seed, and something changed."""

from __future__ import annotations

from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands

from cogs.core.autocomplete import suggest_tracks
from cogs.core.client import Jamboree
from cogs.core.fields import LONGEST_INPUT, LONGEST_TAGS, LONGEST_TITLE
from cogs.core.responses import Interaction, answer, hold_if_slow
from cogs.core.rights import Who, right
from cogs.posts.buttons import open_remix_form, the_track
from cogs.posts.message import track_of
from cogs.requests.drafts import Draft
from cogs.requests.rework_confirmation import ask_for_rework
from cogs.requests.rework_drafts import ReworkDraft
from cogs.requests.sources import made_again_from
from cogs.requests.submit import submit_draft
from cogs.texts.library.tracks import NOT_A_TRACK
from cogs.texts.prompts.drafts import DraftFault
from services.prompts.prompt import LONGEST, SHORTEST
from services.text.faults import Fault, PromptError


class Remix(commands.Cog):
    """Asks for a track that has another one's seed."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot
        self.menu = app_commands.ContextMenu(name="Remix seed", callback=self.remix_message)

    async def cog_load(self) -> None:
        """Adds the entry in messages' menus."""
        self.bot.tree.add_command(self.menu)

    @app_commands.command(
        name="remix-seed", description="Make a track again with its seed, and change something."
    )
    @app_commands.describe(
        track="Which one: type its title or its number",
        tags="New tags; left out, they stay. Leave everything out to change it all in a form",
        lyrics="New lyrics; [inst] for none",
        duration="A new length in seconds, 5 to 240",
        title="What to call the new track",
        idea="A new idea in a sentence, in place of tags and lyrics",
    )
    @right(Who.MEMBER, "Ask for a track with another one's seed")
    async def remix_seed(
        self,
        interaction: Interaction,
        track: str,
        tags: app_commands.Range[str, 1, LONGEST_TAGS] | None = None,
        lyrics: app_commands.Range[str, 1, LONGEST_INPUT] | None = None,
        duration: app_commands.Range[int, SHORTEST, LONGEST] | None = None,
        title: app_commands.Range[str, 1, LONGEST_TITLE] | None = None,
        idea: app_commands.Range[str, 1, LONGEST_TAGS] | None = None,
    ) -> None:
        """Asks for the track with what was changed; opens a form where nothing was."""
        changes = {"tags": tags, "lyrics": lyrics, "duration": duration, "title": title, "idea": idea}
        given = {name: str(value) for name, value in changes.items() if value is not None}
        if not given:
            await open_remix_form(interaction, track)
            return
        await hold_if_slow(interaction)
        parent = await the_track(interaction, track)
        if parent.rework is None:
            await submit_draft(interaction, Draft.of(parent).changed(given))
            return
        if duration is not None or idea is not None:
            field = "duration" if duration else "idea"
            raise PromptError([Fault(field, DraftFault.MADE_FROM_ANOTHER, {"number": parent.number})])
        draft = ReworkDraft.again(parent, await made_again_from(interaction, parent))
        await ask_for_rework(interaction, replace(draft, given={**draft.given, **given}))

    @remix_seed.autocomplete("track")
    async def suggest(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Tracks whose title or number begins like what was typed."""
        return await suggest_tracks(interaction, typed)

    @right(Who.MEMBER, "Open the form of a remix, from a track's message")
    async def remix_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Opens the form of a remix, from the track's message."""
        track_id = track_of(message, interaction.application_id)
        if track_id is None:
            await answer(interaction, NOT_A_TRACK)
            return
        await open_remix_form(interaction, track_id)
