"""A jam's panel: what is in the jam now, and what can be pressed. The rule: it is written from the jam alone.

What members wrote is shown as text and never as markup, and nobody whom it names is pinged.
"""

from __future__ import annotations

from typing import Any

import discord

from cogs.core.component_router import button
from cogs.core.pictures import COLOUR
from cogs.texts.formatting import shortened
from cogs.texts.jams import panel as texts
from cogs.texts.jams.panel import Shown
from services.jams.contributions import MOST_SECTIONS
from services.jams.jams import Phase, Proposal
from services.jams.storage import Session

OVER = discord.Colour(0x80848E)
LONGEST_TEXT = 4000  # characters of all texts of a message together (Discord: Text Display)
MOST_ROUNDS = 3  # while there are words to show too
MOST_NEWS, MOST_TAGS, MOST_ASKED = 900, 600, 220  # characters; what is left is for the lyrics


def thread_name(session: Session) -> str:
    """How a thread is named that is opened for the jam."""
    return shortened(session.jam.theme or "Jam", 100)


def panel(shown: Shown) -> discord.ui.LayoutView:
    """The message: a layout with texts and buttons."""
    jam = shown.session.jam
    over = jam.phase is Phase.ENDED
    container = discord.ui.Container[Any](accent_colour=OVER if over else COLOUR)
    shaping = jam.phase is Phase.SHAPING
    parts = [shortened(texts.top(shown), MOST_NEWS), *texts.rounds(shown, MOST_ROUNDS if shaping else 8)]
    if shaping:
        asked = [shortened(texts.proposal(jam, number), MOST_ASKED) for number in range(len(jam.proposals))]
        people, prompt = texts.people(jam), shortened(texts.prompt(shown), MOST_TAGS)
        room = LONGEST_TEXT - sum(map(len, [*parts, *asked, people, prompt, str(texts.RULES)]))
        parts += [prompt, texts.lyrics(jam, room), people]
        _add_texts(container, parts)
        for proposal, text in zip(jam.proposals, asked, strict=True):
            container.add_item(discord.ui.TextDisplay(text))
            container.add_item(_ballot(shown.session, proposal))
    else:
        _add_texts(container, parts if over else [*parts, texts.people(jam)])
    if not over:
        _add_controls(container, shown)
        container.add_item(discord.ui.TextDisplay(str(texts.RULES)))
    made = discord.ui.LayoutView(timeout=None)
    made.add_item(container)
    made.stop()
    return made


def _add_texts(container: discord.ui.Container[Any], parts: list[str]) -> None:
    for text in filter(None, parts):
        container.add_item(discord.ui.TextDisplay(text))


# controls -------------------------------------------------------------------------------------------------


def _buttons(session: Session, *verbs: str, main: str = "") -> discord.ui.ActionRow[Any]:
    """Buttons for those verbs, the main one in colour."""
    styles = {main: discord.ButtonStyle.primary, "end": discord.ButtonStyle.danger}
    row = discord.ui.ActionRow[Any]()
    for verb in verbs:
        style = styles.get(verb, discord.ButtonStyle.secondary)
        row.add_item(button(texts.LABELS[verb], f"jam:{verb}:{session.id}", style))
    return row


def _ballot(session: Session, proposal: Proposal) -> discord.ui.ActionRow[Any]:
    own = f"jam:vote:{session.id}:{proposal.id}"
    return discord.ui.ActionRow[Any](button(texts.FOR, f"{own}:for"), button(texts.AGAINST, f"{own}:against"))


def _add_controls(container: discord.ui.Container[Any], shown: Shown) -> None:
    session, voice = shown.session, [*["lend"] * shown.can_lend, *["unlend"] * shown.can_take_back]
    container.add_item(discord.ui.Separator())
    match session.jam.phase:
        case Phase.SHAPING:
            container.add_item(_buttons(session, "here", "agree", *voice))
            container.add_item(_buttons(session, "tags", "strike", "settings", "arrange", "read"))
            container.add_item(discord.ui.ActionRow[Any](_write_menu(session)))
            container.add_item(_buttons(session, "make", "end", main="make"))
        case Phase.MAKING:
            container.add_item(_buttons(session, "here", *voice, "read", "end"))
        case _:
            container.add_item(_buttons(session, "next", "here", "read", "end", main="next"))


def _write_menu(session: Session) -> discord.ui.Select[Any]:
    """What can be written: a section that is there, or a new one."""
    sections = session.jam.sections
    options = [
        discord.SelectOption(
            label=texts.change_section(number, section),
            value=str(section.id),
            description=shortened(section.text.replace("\n", " / "), 100) or None,
        )
        for number, section in enumerate(sections, 1)
    ]
    if len(sections) < MOST_SECTIONS:
        options += [
            discord.SelectOption(label=texts.new_section(heading), value=heading.strip("[]"))
            for heading in texts.HEADING_NAMES
        ]
    return discord.ui.Select(
        custom_id=f"jam:write:{session.id}", placeholder=str(texts.WRITE), options=options
    )
