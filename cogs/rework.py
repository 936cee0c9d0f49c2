"""/rework and the "Rework track" entry in a message's menu: a track from another's sound, or from a file."""

from __future__ import annotations

import re
from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands

from cogs.compose import read_lyrics
from cogs.core.autocomplete import suggest_tracks
from cogs.core.client import Jamboree
from cogs.core.component_router import button, route, track_route, view
from cogs.core.fields import LONGEST_INPUT, LONGEST_TAGS, LONGEST_TITLE
from cogs.core.guild_checks import check_may_ask
from cogs.core.responses import Interaction, answer, hold, hold_if_slow, in_time
from cogs.core.rights import Who, right
from cogs.posts.buttons import the_track
from cogs.posts.message import track_in_menu
from cogs.requests.drafts import give_back
from cogs.requests.rework_confirmation import ask_for_rework
from cogs.requests.rework_drafts import ReworkDraft, ReworkForm
from cogs.requests.sources import check_may_sing, check_source, take_file
from cogs.texts import reworks as texts
from cogs.texts.prompts.drafts import DraftFault
from services.prompts.prompt import LARGEST_SEED
from services.prompts.rework import MOST_SUNG, Kind
from services.prompts.rework_prompt import MOST_ADDED
from services.text.faults import Fault, PromptError
from services.text.refusal import RequestRefusal
from services.tracks.track import Track

Tags = app_commands.Range[str, 1, LONGEST_TAGS]
Title = app_commands.Range[str, 1, LONGEST_TITLE]
Sung = app_commands.Range[str, 1, 2 * MOST_SUNG]  # the rest is told, and given back
Words = app_commands.Range[str, 1, LONGEST_INPUT]
Moment = app_commands.Range[str, 1, 10]
Added = app_commands.Range[int, 0, MOST_ADDED]
Seed = app_commands.Range[int, 0, LARGEST_SEED]

WHICH = "Which one: type its title or its number"
FILE = "A sound file of your own in place of a track; 5 to 240 seconds"
SEED = "The same seed and the same words make the same; I pick one if you do not"
TITLE = "What to call the new track"


class Rework(commands.Cog):
    """Asks for reworks."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot
        self.menu = app_commands.ContextMenu(name="Rework track", callback=self.rework_message)

    async def cog_load(self) -> None:
        """Adds the entry in messages' menus."""
        self.bot.tree.add_command(self.menu)

    @app_commands.command(description="The same melody and length in another style, by new tags.")
    @app_commands.describe(
        track=WHICH,
        tags="What it should sound like: genre, instruments, mood. Left out, you get a form",
        title=TITLE,
        file=FILE,
        sounds_like="Only with a file: tags for what it sounds like now",
        seed=SEED,
    )
    @right(Who.MEMBER, "Ask for a public track, or a file of one's own, in another style")
    async def restyle(
        self,
        interaction: Interaction,
        track: str | None = None,
        tags: Tags | None = None,
        title: Title | None = None,
        file: discord.Attachment | None = None,
        sounds_like: Tags | None = None,
        seed: Seed | None = None,
    ) -> None:
        """Asks for the sound in another style; opens a form where no tags were given."""
        given = _said(tags=tags, title=title, old_tags=sounds_like)
        await _begin(interaction, Kind.RESTYLE, track, file, given, seed, enough=tags is not None)

    @app_commands.command(description="The same music with other words; you change the old ones in a form.")
    @app_commands.describe(
        track=WHICH,
        lyrics_file="The new words as a text file, in place of the form",
        tags="Only with a file: what it sounds like",
        title=TITLE,
        file=FILE,
        seed=SEED,
    )
    @right(Who.MEMBER, "Ask for a public track, or a file of one's own, with other words")
    async def lyrics(
        self,
        interaction: Interaction,
        track: str | None = None,
        lyrics_file: discord.Attachment | None = None,
        tags: Tags | None = None,
        title: Title | None = None,
        file: discord.Attachment | None = None,
        seed: Seed | None = None,
    ) -> None:
        """Asks for other words, from a file or from the form that opens."""
        given = _said(tags=tags, title=title)
        await _begin(
            interaction,
            Kind.LYRICS,
            track,
            file,
            given,
            seed,
            words=lyrics_file,
            enough=lyrics_file is not None,
        )

    @app_commands.command(description="More of it, before and after; what there is stays as it is.")
    @app_commands.describe(
        track=WHICH,
        before="Seconds to add before it",
        after="Seconds to add after it. With neither you get a form",
        tags="What the new part should sound like; left out, as it does now",
        lyrics="The words of the new part; [inst] for none",
        title=TITLE,
        file=FILE,
        seed=SEED,
    )
    @right(Who.MEMBER, "Ask for more of a public track, or of a file of one's own")
    async def extend(
        self,
        interaction: Interaction,
        track: str | None = None,
        before: Added | None = None,
        after: Added | None = None,
        tags: Tags | None = None,
        lyrics: Words | None = None,
        title: Title | None = None,
        file: discord.Attachment | None = None,
        seed: Seed | None = None,
    ) -> None:
        """Asks for more of it; opens a form where it was not said how much."""
        given = _said(before=before, after=after, tags=tags, lyrics=lyrics, title=title)
        enough = before is not None or after is not None
        await _begin(interaction, Kind.EXTEND, track, file, given, seed, enough=enough)

    @app_commands.command(description="A passage anew; the rest stays. You see it marked before you confirm.")
    @app_commands.rename(start="from", end="to")
    @app_commands.describe(
        track=WHICH,
        start="Where the passage begins, in seconds or as 1:15",
        end="Where it ends. Without one of the two you get a form",
        tags="What it should sound like there; left out, as it does now",
        lyrics="The words of the passage; [inst] for none",
        title=TITLE,
        file=FILE,
        seed=SEED,
    )
    @right(Who.MEMBER, "Ask for a passage anew of a public track, or of a file of one's own")
    async def repaint(
        self,
        interaction: Interaction,
        track: str | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        tags: Tags | None = None,
        lyrics: Words | None = None,
        title: Title | None = None,
        file: discord.Attachment | None = None,
        seed: Seed | None = None,
    ) -> None:
        """Asks for a passage anew; opens a form where it was not said which."""
        given = _said(tags=tags, lyrics=lyrics, title=title) | _said(**{"from": start, "to": end})
        enough = start is not None and end is not None
        await _begin(interaction, Kind.REPAINT, track, file, given, seed, enough=enough)

    @restyle.autocomplete("track")
    @lyrics.autocomplete("track")
    @extend.autocomplete("track")
    @repaint.autocomplete("track")
    async def suggest(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Tracks whose title or number begins like what was typed."""
        return await suggest_tracks(interaction, typed)

    @right(Who.MEMBER, "Choose how to rework a track, from its message")
    async def rework_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Offers the four kinds of rework, from the track's message."""
        track_id = await track_in_menu(interaction, message)
        if track_id is not None:
            await offer(interaction, track_id)


class SingingCommand(commands.Cog):
    """Asks for songs that are sung with the member's own voice."""

    @app_commands.command(
        description="Sing over a track of yours with your own voice; /voice record comes first."
    )
    @app_commands.describe(track=WHICH, words="What you sing; left out, you get a form", title=TITLE)
    @right(Who.MEMBER, "Ask for a track of one's own sung with one's own voice")
    async def voice(
        self, interaction: Interaction, track: str, words: Sung | None = None, title: Title | None = None
    ) -> None:
        """Shows what it costs, where there are words; opens the form where not."""
        given = _said(lyrics=words.replace("\\n", "\n") if words else None, title=title)
        if words is None:
            await _open_to_sing(interaction, track, given)
            return
        await hold_if_slow(interaction)
        draft = ReworkDraft(Kind.VOICE, given=given)
        try:
            draft = replace(draft, track=await _source(interaction, track))
        except RequestRefusal as refusal:
            await give_back(interaction, draft, refusal)
            return
        await ask_for_rework(interaction, draft)

    @voice.autocomplete("track")
    async def suggest(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Tracks whose title or number begins like what was typed."""
        return await suggest_tracks(interaction, typed)


async def _open_to_sing(interaction: Interaction, reference: str, given: dict[str, str]) -> None:
    source = await in_time(interaction, _source_to_sing_over(interaction, reference))
    if source is not None:
        draft = ReworkDraft.of(Kind.VOICE, source)
        await interaction.response.send_modal(ReworkForm(replace(draft, given={**draft.given, **given})))


async def _source_to_sing_over(interaction: Interaction, reference: str) -> Track:
    track = await _source_to_write_for(interaction, reference)
    await check_may_sing(interaction, track)
    return track


@track_route("sing", Who.MEMBER, "Open the form to sing over one's own track with one's own voice")
async def sing(interaction: Interaction, track_id: str) -> None:
    """Opens the form."""
    await _open_to_sing(interaction, track_id, {})


def _said(**options: str | int | None) -> dict[str, str]:
    return {name: str(value) for name, value in options.items() if value is not None}


async def _begin(
    interaction: Interaction,
    kind: Kind,
    track: str | None,
    file: discord.Attachment | None,
    given: dict[str, str],
    seed: int | None,
    *,
    enough: bool,
    words: discord.Attachment | None = None,
) -> None:
    """Asks for the rework where enough was said; opens the form of a track where not."""
    draft = ReworkDraft(kind, given=given, seed="" if seed is None else str(seed))
    if (track is None) == (file is None):
        kind_of_fault = DraftFault.TRACK_AND_FILE if track else DraftFault.NEITHER_TRACK_NOR_FILE
        await give_back(interaction, draft, PromptError([Fault("track", kind_of_fault)]))
        return
    if track is not None and not enough:
        source = await in_time(interaction, _source_to_write_for(interaction, track))
        if source is not None:
            told = {**ReworkDraft.of(kind, source).given, **given}
            await interaction.response.send_modal(ReworkForm(replace(draft, track=source, given=told)))
        return
    await (hold_if_slow if file is None else hold)(interaction)
    faults: tuple[Fault, ...] = ()
    try:
        if words is not None or file is not None:
            await check_may_ask(interaction)
        if words is not None:
            given["lyrics"], faults = await read_lyrics(interaction, words)
        if file is None:
            draft = replace(draft, track=await _source(interaction, track or ""))
        else:
            draft = replace(draft, file=await take_file(interaction, file))
    except RequestRefusal as refusal:
        await give_back(interaction, draft, refusal)
        return
    await ask_for_rework(interaction, draft, faults)


async def _source(interaction: Interaction, reference: str) -> Track:
    track = await the_track(interaction, reference)
    check_source(interaction, track)
    return track


async def _source_to_write_for(interaction: Interaction, reference: str) -> Track:
    """The same, where the member may ask for a track at all: nobody writes in vain."""
    await check_may_ask(interaction)
    return await _source(interaction, reference)


@track_route("rework", Who.MEMBER, "Choose how to rework a track")
async def offer(interaction: Interaction, track_id: str) -> None:
    """A private choice of what to do to the sound."""
    await hold(interaction)
    track = await _source_to_write_for(interaction, track_id)
    choices = [button(words, f"rework:open:{kind}:{track.id}") for kind, words in texts.VERBS.items()]
    await answer(
        interaction,
        texts.choices(track),
        view=view(*choices),
    )


@route(
    r"rework:open:(?P<kind>restyle|lyrics|extend|repaint):(?P<track>[0-9a-z]{20})",
    Who.MEMBER,
    "Open the form of a rework",
    sample="rework:open:extend:{track}",
)
async def opened(interaction: Interaction, match: re.Match[str]) -> None:
    """Opens the form."""
    source = await in_time(interaction, _source_to_write_for(interaction, match["track"]))
    if source is not None:
        await interaction.response.send_modal(ReworkForm(ReworkDraft.of(Kind(match["kind"]), source)))
