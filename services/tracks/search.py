"""What a guild's tracks are searched by: their words without case and accents, kept beside them.

Neither database folds by itself as people expect: SQLite knows the case of ASCII letters only, PostgreSQL
what its locale says, and neither strips accents without an extension. So both compare what is folded here.
"""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.storage.database import insert
from services.storage.tables import track_words
from services.text.characters import streamable
from services.words.spellings import DECORATION


def searchable(text: str) -> str:
    """The text as it is compared: no case, no accents, one form of each letter, single spaces."""
    apart = unicodedata.normalize("NFKD", streamable(text.casefold()))
    folded = DECORATION.sub("", apart).casefold()
    return " ".join(unicodedata.normalize("NFC", folded).split())


def searchable_tags(tags: str) -> str:
    """Tags as they are compared, each between two commas: ",funk,brass,"."""
    return f",{','.join(searchable(tag) for tag in tags.split(','))},"


async def keep_words(connection: AsyncConnection, track_id: str, title: str, tags: str, lyrics: str) -> None:
    """Keeps what a track is found by, in place of what was kept before."""
    kept = {"words": searchable(f"{title}\n{lyrics}"), "tags": searchable_tags(tags)}
    query = insert(connection, track_words).values(track_id=track_id, **kept)
    await connection.execute(query.on_conflict_do_update(index_elements=["track_id"], set_=kept))


def with_words(words: str) -> sa.ColumnElement[bool]:
    """Whether a track's title and lyrics hold every one of the words."""
    wanted = searchable(words).split()
    return sa.and_(sa.true(), *(track_words.c.words.contains(word, autoescape=True) for word in wanted))


def with_tag(tag: str) -> sa.ColumnElement[bool]:
    """Whether one of a track's tags is that one or begins with it."""
    return track_words.c.tags.contains(f",{searchable(tag).strip(',')}", autoescape=True)
