"""Audit records as people read them, in their own language, and those that older versions wrote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cogs.texts.moderating.audit_entries import sentence
from cogs.texts.translation import speaking
from services.guilds.audit import Action, Record
from services.guilds.bans import NO_REASON

GUILD, ADA, BEN = 1, 5, 7
UNTIL = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)


def said(language: str, action: Action, **kept: str) -> str:
    values = {"subject": "", "before": "", "after": ""} | kept
    record = Record(1, GUILD, ADA, action, at=datetime(2026, 11, 24, tzinfo=UTC), **values)
    with speaking(language):
        return sentence(record, hidden=False)


FOR_GOOD, FOR_AN_HOUR = "for good\nspam: *and* more", f"{UNTIL.isoformat()}\n{NO_REASON}"


@pytest.mark.parametrize(
    ("language", "banned", "nothing"),
    [
        ("en", "banned <@7> from making tracks: “spam", "“none given” Before that, "),
        ("de", "hat <@7> für Tracks gesperrt: „spam", "„kein Grund angegeben“ Davor "),
        ("es", "prohibió a <@7> crear pistas: «spam", "«sin motivo indicado» Antes "),
    ],
)
def test_why_and_until_when_somebody_is_banned_is_read_in_the_readers_language(
    language: str, banned: str, nothing: str
) -> None:
    first = said(language, Action.BAN, subject="7", after=FOR_GOOD)
    again = said(language, Action.BAN, subject="7", before=FOR_GOOD, after=FOR_AN_HOUR)
    assert f"{banned}: \\*and\\* more" in first
    assert f"<t:{round(UNTIL.timestamp())}>" in again
    assert nothing in again


@pytest.mark.parametrize(
    "kept", ["for good: spam", "until 2026-11-24 18:00 UTC: spam", "for good: two\nlines"]
)
def test_a_ban_that_an_older_version_wrote_down_reads_as_it_did(kept: str) -> None:
    assert said("en", Action.BAN, subject="7", after=kept).endswith(f" banned <@7> from making tracks {kept}")
    anew = said("en", Action.BAN, subject="7", before=kept, after=kept)
    assert anew.endswith(f"{kept} (before that {kept})")


def test_that_no_reason_was_given_is_read_in_the_readers_language() -> None:
    for language, words in (("en", ": none given"), ("de", ": kein"), ("es", ": sin")):
        assert words in said(language, Action.WITHHOLD, subject="#5 Porch Light", after=NO_REASON)


@pytest.mark.parametrize("action", [*Action, "what comes next"])
def test_whatever_another_version_wrote_down_is_a_sentence(action: Action) -> None:
    for kept in ("", "1", "-1", "all of it", "#x y", "1\n2", "{who}", "9" * 400):
        values = dict.fromkeys(("subject", "before", "after"), kept)
        assert said("en", action, **values).startswith("<t:")
