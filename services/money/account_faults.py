"""Whether it is the account's fault that the provider refused a track.

The rule: the account itself is asked; its word and the refusal's are weighed, so that one track's refusal
holds the others for a while at the most.
"""

from __future__ import annotations

from services.money.accounts import Accounts, Hold
from services.money.key_check import check_key
from services.tracks.track import Track
from services.wavespeed.client import AccountRefused, BadKey, TurnedAway

BELIEVED = 3  # times that one track's plain 401 or 402 holds its account, of which the account knows nothing


class AccountFaults:
    """Asks accounts that seem to have refused a track."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._contradicted: dict[str, int] = {}
        """How often a track was refused plainly for an account that says itself that it is good."""

    async def of(self, track: Track, error: AccountRefused) -> Hold | None:
        """Why nothing is to start on the track's account; None where the account is good.

        A plain 401 or 402 is believed against the account's own word, and one for lack of money also where
        the balance is not told; but only so often for one track, so that none holds the others for ever.
        Raises WaveSpeedError where there is no answer from which to tell.
        """
        try:
            balance = await check_key(await self._accounts.client(track.key_id))
        except TurnedAway:
            raise
        except BadKey:
            return Hold.REFUSED
        if balance is not None and balance < track.price:
            return Hold.NO_BALANCE
        of_key = isinstance(error, BadKey)
        if error.plain or (balance is None and not of_key):
            times = self._contradicted[track.id] = self._contradicted.get(track.id, 0) + 1
            if times <= BELIEVED:
                return Hold.REFUSED if of_key else Hold.NO_BALANCE
            del self._contradicted[track.id]
        return None

    def accepted(self, track: Track) -> None:
        """The provider has taken the track after all."""
        self._contradicted.pop(track.id, None)
