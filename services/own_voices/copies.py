"""What the provider has of a forgotten voice: the songs that it made with it, which are deleted there.

The rule: the row of the recording, itself erased, says that this is still to be done. The provider's delete
call knows predictions; of uploads it knows nothing, and they go by themselves (the facts page: 7 days).
"""

from __future__ import annotations

import sqlalchemy as sa
import structlog

from services.money.accounts import Accounts
from services.own_voices.voices import FORGOTTEN, find
from services.storage.database import Database, now
from services.storage.tables import own_voices
from services.storage.tables import tracks as track_table
from services.tracks.fetchable import KEPT
from services.tracks.track import ENDED
from services.wavespeed.client import RefusedInput, Unavailable, WaveSpeedError

log = structlog.get_logger(__name__)

_WITH_A_VOICE = sa.text("voice_id IS NOT NULL")  # so that its index is used


class Copies:
    """Deletes them."""

    def __init__(self, database: Database, accounts: Accounts) -> None:
        self._database = database
        self._accounts = accounts

    async def delete(self) -> None:
        """Deletes what is left of all forgotten voices, as far as the provider lets it be done now."""
        async with self._database.read() as connection:
            forgotten = await find(connection, FORGOTTEN)
        for voice in forgotten:
            if await self._delete_songs(voice.id):
                async with self._database.write() as connection:
                    sung = track_table.update().where(track_table.c.voice_id == voice.id, _WITH_A_VOICE)
                    await connection.execute(sung.values(voice_url=None, output_url=None))
                    await connection.execute(own_voices.delete().where(own_voices.c.id == voice.id))

    async def _delete_songs(self, voice_id: str) -> bool:
        """Whether the provider has none any more, or none that it lets us delete."""
        columns = track_table.c
        query = sa.select(
            columns.prediction_id,
            columns.key_id,
            columns.state,
            columns.intent_at,
            columns.started_at,
            columns.fetch_at,
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query.where(columns.voice_id == voice_id, _WITH_A_VOICE))).all()
        done = True
        for prediction_id, key_id, state, intent_at, started_at, fetch_at in rows:
            lost = prediction_id is None and fetch_at is not None  # and may turn up late
            if lost or state not in ENDED:  # what is being made with it now is waited for
                done = False
            elif prediction_id is not None and now() - (intent_at or started_at or now()) <= KEPT:
                done = await self._delete_song(prediction_id, key_id) and done
        return done

    async def _delete_song(self, prediction_id: str, key_id: int | None) -> bool:
        try:
            await (await self._accounts.client(key_id)).delete(prediction_id)
        except (RefusedInput, Unavailable) as error:  # asking again would be told the same
            log.warning("the provider does not delete a song", prediction=prediction_id, error=str(error))
        except WaveSpeedError as error:
            log.info("a song is not deleted at the provider yet", prediction=prediction_id, error=str(error))
            return False
        return True
