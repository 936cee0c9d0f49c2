"""The smallest bot that uses everything Jamboree uses: commands, modals, components, files, context menus."""

import asyncio
import contextlib
import io
import re
from collections.abc import AsyncIterator

import discord
import yarl
from discord import app_commands, ui
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from rehearsal.discord import DiscordStandIn

TIMEOUT = 60.0  # seconds for anything that a test waits for


class Words(ui.Modal, title="Lyrics"):
    words = ui.TextInput(label="Words", style=discord.TextStyle.paragraph, max_length=400, default="la la")
    mood = ui.Label(
        text="Mood",
        component=ui.Select(
            required=False, options=[discord.SelectOption(label=x) for x in ("Happy", "Sad")]
        ),
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.mood.component, ui.Select)
        chosen = self.mood.component.values
        await interaction.response.send_message(f"sung: {self.words.value} {chosen}", ephemeral=True)


class Vote(ui.DynamicItem[ui.Button[ui.View]], template=r"vote:(?P<track>\d+)"):
    def __init__(self, track: int) -> None:
        super().__init__(ui.Button(label="Vote", custom_id=f"vote:{track}"))
        self.track = track

    @classmethod
    async def from_custom_id(cls, interaction, item, match: re.Match[str]) -> "Vote":
        return cls(int(match["track"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(content=f"track {self.track} has a vote")


class SmallBot(commands.AutoShardedBot):
    def __init__(self, shards: int) -> None:
        super().__init__(
            "!",
            intents=discord.Intents(
                guilds=True,
                guild_messages=True,
                dm_messages=True,
                voice_states=True,
                guild_scheduled_events=True,
            ),
            shard_count=shards,
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0.05,
        )
        self.heard: list[discord.Message] = []
        self.happened: asyncio.Queue[str] = asyncio.Queue()
        self.add_dynamic_items(Vote)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """No five seconds between shards: the stand-in has no such limit."""

    async def setup_hook(self) -> None:
        self.tree.add_command(hello)
        self.tree.add_command(slow)
        self.tree.add_command(silent)
        self.tree.add_command(write)
        self.tree.add_command(colour)
        self.tree.add_command(file)
        self.tree.add_command(vote)
        self.tree.add_command(moderate)
        self.tree.add_command(quote)
        self.tree.add_command(layout)
        self.tree.add_command(budget)
        await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)
        self.happened.put_nowait("message")

    async def on_shard_resumed(self, shard_id: int) -> None:
        self.happened.put_nowait("resumed")

    async def on_shard_ready(self, shard_id: int) -> None:
        self.happened.put_nowait(f"shard {shard_id} ready")

    async def next(self, what: str) -> None:
        async with asyncio.timeout(TIMEOUT):
            while await self.happened.get() != what:
                pass


@app_commands.command(description="Says hello")
@app_commands.describe(times="How often")
async def hello(
    interaction: discord.Interaction, name: str, times: app_commands.Range[int, 1, 5] = 1
) -> None:
    await interaction.response.send_message(" ".join([f"hello {name}"] * times), ephemeral=True)


@app_commands.command(description="Answers later")
async def slow(interaction: discord.Interaction, private: bool = False) -> None:
    await interaction.response.defer(ephemeral=private)
    await interaction.followup.send("at last", embed=discord.Embed(title="Slow", description="but sure"))
    await interaction.edit_original_response(content="at last, changed")


@app_commands.command(description="Never answers")
async def silent(interaction: discord.Interaction) -> None:
    pass


@app_commands.command(description="Opens a form")
async def write(interaction: discord.Interaction) -> None:
    await interaction.response.send_modal(Words())


@app_commands.command(description="Suggests colours")
async def colour(interaction: discord.Interaction, shade: str, dark: bool = False) -> None:
    await interaction.response.send_message(shade)


@colour.autocomplete("shade")
async def shades(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    dark = "dark " if interaction.namespace.dark else ""
    return [app_commands.Choice(name=dark + one, value=one) for one in ("red", "green") if current in one]


@app_commands.command(description="Reads a file and sends one")
async def file(interaction: discord.Interaction, words: discord.Attachment) -> None:
    text = (await words.read()).decode()
    made = discord.File(io.BytesIO(b"ID3" + text.upper().encode()), "song.mp3")
    embed = discord.Embed(title="Song").set_image(url="attachment://wave.png")
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x04\xb0\x00\x00\x01,"
    files = [made, discord.File(io.BytesIO(png), "wave.png")]
    await interaction.response.send_message(embed=embed, files=files)


@app_commands.command(description="Shows a button")
async def vote(interaction: discord.Interaction) -> None:
    view = ui.View(timeout=None)
    view.add_item(Vote(7))
    view.add_item(ui.Button(label="Gone", custom_id="gone", disabled=True))
    await interaction.response.send_message("vote!", view=view)


@app_commands.command(description="For moderators")
@app_commands.default_permissions(manage_guild=True)
async def moderate(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("moderated", ephemeral=True)


@app_commands.context_menu(name="Quote")
async def quote(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"> {message.content}")


@app_commands.command(description="Shows a layout")
async def layout(interaction: discord.Interaction) -> None:
    view = ui.LayoutView()
    container = ui.Container(ui.TextDisplay("# Queue"), ui.Separator())
    container.add_item(ui.Section("one", accessory=ui.Button(label="Cancel", custom_id="cancel:1")))
    view.add_item(container)
    await interaction.response.send_message(view=view)


budget = app_commands.Group(name="budget", description="Money")


@budget.command(name="set", description="Sets a limit")
async def set_budget(interaction: discord.Interaction, usd: float) -> None:
    await interaction.response.send_message(f"limit {usd}")


@contextlib.asynccontextmanager
async def running(stand_in: DiscordStandIn, shards: int = 2, token: str = "") -> AsyncIterator[SmallBot]:
    """Runs the bot with only Discord's two addresses changed."""
    kept = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = stand_in.api_url, yarl.URL(stand_in.gateway_url)
    bot = SmallBot(shards)
    try:
        async with bot:
            task = asyncio.create_task(bot.start(token or stand_in.token))
            ready = asyncio.create_task(bot.wait_until_ready())
            await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED, timeout=TIMEOUT)
            if task.done():
                ready.cancel()
                await task
            yield bot
            # discord.py's close waits until it has read that voice was left, and may read nothing any more.
            for voice in bot.voice_clients:
                await voice.disconnect(force=True)
            await bot.close()
            await task
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = kept
