"""What outlives a restart of the stand-in: accounts with bills, predictions, what was made; one JSON file."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from rehearsal.wavespeed.accounts import Account, Entry
from rehearsal.wavespeed.predictions import Predictions
from rehearsal.wavespeed.repertoire import Repertoire


def remember(
    file: Path, accounts: dict[str, Account], predictions: Predictions, repertoire: Repertoire
) -> None:
    """Writes the file, whole or not at all. Raises OSError."""
    state = {
        "accounts": [
            {
                "key": account.key,
                "deposit": account.deposit,
                "bill": [asdict(entry) for entry in account.bill],
                "owed": [asdict(entry) for entry in account.owed],
            }
            for account in accounts.values()
        ],
        "predictions": [prediction.remember() for prediction in predictions.by_id.values()],
        "repertoire": repertoire.remember(),
    }
    part = file.with_name(file.name + ".part")
    try:
        part.write_text(json.dumps(state))
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def recall(
    file: Path, accounts: dict[str, Account], predictions: Predictions, repertoire: Repertoire
) -> None:
    """Reads the file, if there is one. Accounts keep the level that they were started with now."""
    if not file.exists():
        return
    state = json.loads(file.read_text())
    for told in state["accounts"]:
        now = accounts.get(told["key"])
        accounts[told["key"]] = Account(
            key=told["key"],
            level=now.level if now else "gold",
            deposit=told["deposit"],
            minute=now.minute if now else 60.0,
            bill=[Entry(**entry) for entry in told["bill"]],
            owed=[Entry(**entry) for entry in told["owed"]],
        )
    predictions.recall(state["predictions"])
    repertoire.recall(state.get("repertoire", {}))
