"""A track's lyrics, however long: on pages that fit an embed, and as a text file."""

from __future__ import annotations

import io
from typing import Any

import discord

from cogs.core.component_router import view
from cogs.core.pages import Page
from cogs.texts import posts as texts
from cogs.texts.formatting import LONGEST_DESCRIPTION, file_name, plain, shortened, titled
from services.prompts.section_markers import heading_in
from services.tracks.track import Track

LONGEST_TITLE = 256  # characters of an embed's title (Discord: Embed Limits)


def lyrics_page(track: Track, number: int) -> dict[str, Any]:
    """The embed with that page, counted from 0, or with the last one; buttons to the others."""
    pages = pages_of(track.words)
    page = Page.of(number, len(pages))
    title = shortened(plain(titled(track)), LONGEST_TITLE)
    embed = discord.Embed(title=title, description=pages[page.number])
    if page.last:
        embed.set_footer(text=texts.lyrics_footer(page.said))
    return {"embed": embed, "view": view(*page.buttons(f"track:lyrics:{track.id}:{{}}".format))}


def lyrics_files(track: Track) -> list[discord.File]:
    """The lyrics as a text file, where they take more than one page."""
    if len(pages_of(track.words)) == 1:
        return []
    return [discord.File(io.BytesIO(track.words.encode()), file_name(track, "txt"))]


def pages_of(lyrics: str, most: int = LONGEST_DESCRIPTION) -> list[str]:
    """The lyrics as embeds show them, their stars and dashes kept, on pages of at most `most` characters.

    A page ends where a section does; within one only where a section does not fit a page, and within a line
    only where that does not.
    """
    pages = [""]
    for section in _sections(lyrics):
        for piece in _fitting(section, most):
            longer = f"{pages[-1]}\n{piece}" if pages[-1] else piece
            if len(longer) <= most:
                pages[-1] = longer
            else:
                pages.append(piece)
    return [page.strip("\n") for page in pages if page.strip()] or [""]


def _sections(lyrics: str) -> list[str]:
    sections: list[list[str]] = [[]]
    for line in lyrics.split("\n"):
        if line.startswith("[") and heading_in(line) and sections[-1]:
            sections.append([])
        sections[-1].append(line)
    return ["\n".join(section) for section in sections]


def _fitting(section: str, most: int) -> list[str]:
    """The section, escaped, in one piece where it fits a page; else its lines, as much of each as fits."""
    shown = plain(section)
    if len(shown) <= most:
        return [shown]
    whole = most // 2  # of a line; escaped it is at most twice as long
    return [
        plain(line[start : start + whole])
        for line in section.split("\n")
        for start in range(0, max(1, len(line)), whole)
    ]
