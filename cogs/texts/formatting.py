"""How money, time and names read in a sentence. The rule: what a member wrote never becomes markup."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta

import discord

from cogs.texts.sentences import all_of
from cogs.texts.translation import Text, _, dollars
from services.guilds.bans import LONGEST_REASON, NO_REASON
from services.prompts.prompt import INSTRUMENTAL
from services.prompts.rework import Kind, Rework, tag_changes
from services.text.characters import without_invisible
from services.tracks.track import Track

LONGEST_CONTENT = 2000  # characters of a message (Discord: Create Message)
SHOWN_MAKERS = 3  # of one track in a list of many
ERASED = Text("somebody who has deleted their data")
ERASED_FIRST = Text("Somebody who has deleted their data")  # at the beginning of a sentence
# Before which of a text's characters a backslash goes, by which Discord shows them as they are.
_MARKUP = re.compile(
    r"[\\*_~|`<]"  # bold, italics, struck, hidden, code; mentions, times, commands, emoji
    r"|:(?=//)"  # an address, in which no backslash would count
    r"|(?<=\])\("  # the address of a link
    r"|@(?=everyone|here)"
    r"|:(?=[\w+-]+:)"  # an emoji by its name
)
_LINE_START = re.compile(r"^(\s*(?:\d+(?=\.\s))?)([#>+.-])", re.MULTILINE)  # headings, quotes, lists
_FENCE, _NO_FENCE = "```", "``\N{MODIFIER LETTER GRAVE ACCENT}"  # as long, so that what fits still does
SHOWN = 1000  # micro-dollars: a tenth of a cent, finer than which members read no amount
LONGEST_DESCRIPTION = 4096  # characters of an embed's description (Discord: Embed Limits)


def money(micro: int) -> str:
    """What something costs, as members read it: rounded up to a tenth of a cent. $2.00, $0.012."""
    return dollars(-(-micro // SHOWN) * SHOWN)


def remaining(micro: int) -> str:
    """What is left of a limit, rounded down to a tenth of a cent: never more than there is."""
    return dollars(micro // SHOWN * SHOWN)


def about(seconds: float) -> str:
    """A wait, no more exact than it is known."""
    if seconds < 2:
        return _("a moment")
    if seconds < 90:
        return _("about {seconds} s", seconds=max(5, round(seconds / 5) * 5))
    if seconds < 90 * 60:
        return _("about {minutes} min", minutes=round(seconds / 60))
    return _("about {hours} h", hours=round(seconds / 3600))


def moment(at: datetime) -> str:
    """A moment that each reader's Discord shows as "in 2 minutes", and counts down by itself."""
    return discord.utils.format_dt(at, "R")


def in_seconds(seconds: float) -> str:
    """The moment so many seconds from now, as `moment` shows it."""
    return moment(discord.utils.utcnow() + timedelta(seconds=seconds))


def length(seconds: float) -> str:
    """A piece's length: 1:05."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def plain(text: str) -> str:
    """The text with nothing in it that Discord would show in another way than it is written."""
    escaped = _MARKUP.sub(r"\\\g<0>", without_invisible(text))
    return _LINE_START.sub(r"\1\\\2", escaped)


def boxed(text: str) -> str:
    """The text as a code block, which Discord shows and copies as it is; nothing in it ends the block."""
    return f"{_FENCE}\n{text.replace(_FENCE, _NO_FENCE)}\n{_FENCE}"


def unboxed(text: str) -> str:
    """What is in a block that `boxed` made; any other text as it is."""
    if text.startswith(f"{_FENCE}\n") and text.endswith(f"\n{_FENCE}"):
        return text[len(_FENCE) + 1 : -len(_FENCE) - 1].replace(_NO_FENCE, _FENCE)
    return text


def shortened(text: str, most: int) -> str:
    """The text, cut with an ellipsis where it is longer than `most` characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def given_reason(kept: str | None, most: int = LONGEST_REASON) -> str:
    """Why somebody did something, as they wrote it; or that they gave no reason."""
    return _("none given") if kept == NO_REASON else plain(shortened(kept or "", most))


def titled(track: Track) -> str:
    """The track's title as its maker wrote it, or what stands for one."""
    return track.title or _("Untitled")


def in_quotes(text: str) -> str:
    """The text in the marks that the language puts around what it quotes: “Porch Light”, „Porch Light“."""
    return _("“{text}”", text=text)


def named(track: Track, most: int = 80) -> str:
    """The track as sentences call it, in every language: #12 “Porch Light”.

    most: characters of its title. By the number in bold and the space (services.privacy.rows) what names a
    track is found.
    """
    return f"**#{track.number} {in_quotes(plain(shortened(titled(track), most)))}**"


def unnamed(track: Track) -> str:
    """The track where not everybody sees it who reads this."""
    return _("**#{number}**, a track in a channel that not everybody here sees,", number=track.number)


def mention(member_id: int) -> str:
    """The member, whom Discord shows by name; or that they are no longer known here."""
    return str(ERASED) if member_id < 0 else f"<@{member_id}>"


def by(track: Track, most: int = 20) -> str:
    """Who made the track; of many, the first ones."""
    ids = [member_id for member_id in track.makers if member_id > 0]
    return all_of([f"<@{member_id}>" for member_id in ids], most)


def makers(track: Track) -> str:
    """Who made the track, by name; of many, the first ones."""
    return all_of(track.maker_names)


def called(track: Track) -> str:
    """The track's name, and of a rework what is done: #12 “Porch Light” (extended 20 s after)."""
    if track.rework is None:
        return named(track)
    return f"{named(track)} ({plain(shortened(done_to(track.rework, track.tags), 120))})"


def done_to(rework: Rework, tags: str) -> str:
    """What was done to a sound, in a few words: "extended 20 s after"; `tags` are the result's."""
    match rework.kind:
        case Kind.RESTYLE:
            came, went = tag_changes(rework.old_tags, tags)
            moved = [*(f"+{tag}" for tag in came), *(f"\N{MINUS SIGN}{tag}" for tag in went)]
            return _("restyled: {changes}", changes=", ".join(moved)) if moved else _("restyled")
        case Kind.LYRICS:
            return _("sung with other words")
        case Kind.EXTEND if rework.before and rework.after:
            return _(
                "extended {before} s before and {after} s after", before=rework.before, after=rework.after
            )
        case Kind.EXTEND if rework.before:
            return _("extended {seconds} s before", seconds=rework.before)
        case Kind.EXTEND:
            return _("extended {seconds} s after", seconds=rework.after)
        case Kind.REPAINT:
            return _("repainted {start}–{end} s", start=rework.start, end=rework.end)
        case Kind.VOICE:
            return _("sung with a cloned voice")


def sung(lyrics: str) -> str:
    """What the track's voice does, in a word or two."""
    if lyrics == INSTRUMENTAL:
        return _("instrumental")
    return _("with lyrics") if lyrics else _("words by the model")


def file_name(track: Track, ending: str = "mp3") -> str:
    """A file name that every system takes: porch-light-12.mp3."""
    ascii_title = unicodedata.normalize("NFKD", track.title).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_title.lower()).strip("-")[:60].strip("-")
    return f"{slug or 'track'}-{track.number}.{ending}"


def link(track: Track) -> str | None:
    """The address of the track's message; None where none was posted."""
    return _address(track, track.message_channel_id, track.message_id)


def listen(track: Track) -> str:
    """Stands at the end of a track's line: where it plays; nothing where no message was posted."""
    address = link(track)
    return " · " + _("[listen]({address})", address=address) if address else ""


def linked(track: Track) -> str:
    """The track, as sentences call it, leading to its message where it has one."""
    address = link(track)
    if address is None:
        return named(track)
    return f"[#{track.number}]({address}) {in_quotes(plain(shortened(titled(track), 80)))}"


def review_link(track: Track) -> str | None:
    """The address of the message that shows the track to moderators; None where there is none."""
    return _address(track, track.review_channel_id, track.review_message_id)


def _address(track: Track, channel_id: int | None, message_id: int | None) -> str | None:
    if channel_id is None or message_id is None:
        return None
    return f"https://discord.com/channels/{track.guild_id}/{channel_id}/{message_id}"
