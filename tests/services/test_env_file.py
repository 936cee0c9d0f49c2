"""An .env in which settings are set, and what somebody wrote there beside them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from dotenv import dotenv_values

from services.env_file import with_values, write_private

EXAMPLE = Path(__file__).parents[2] / ".env.example"
SET = {"DISCORD_TOKEN": "new.token-1", "HOST_GUILD_ID": "123"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "DISCORD_TOKEN=new.token-1\nHOST_GUILD_ID=123\n"),
        ("# ours\nDISCORD_TOKEN=\n", "# ours\nDISCORD_TOKEN=new.token-1\nHOST_GUILD_ID=123\n"),
        (
            "\n\nexport DISCORD_TOKEN='old' # ours\n#HOST_GUILD_ID=\nX=1",
            "\n\nDISCORD_TOKEN=new.token-1 # ours\nHOST_GUILD_ID=123\nX=1",
        ),
        (
            "discord_token=a\r\nLOG_LEVEL=INFO # loud\r\nDISCORD_TOKEN=b",
            "DISCORD_TOKEN=new.token-1\r\nLOG_LEVEL=INFO # loud\r\nDISCORD_TOKEN=new.token-1\n"
            "HOST_GUILD_ID=123\n",
        ),
        (
            '# HOST_GUILD_ID= is below\nHOST_GUILD_ID="1\n2"\nMY_DISCORD_TOKEN=x\n',
            "# HOST_GUILD_ID= is below\nHOST_GUILD_ID=123\nMY_DISCORD_TOKEN=x\nDISCORD_TOKEN=new.token-1\n",
        ),
    ],
)
def test_only_what_is_set_changes(before: str, after: str) -> None:
    assert with_values(before, SET) == after
    assert dotenv_values(stream=io.StringIO(after)).items() >= SET.items()


def test_the_example_keeps_every_line_but_those() -> None:
    before = EXAMPLE.read_text(encoding="utf-8")
    after = with_values(before, SET)
    changed = [
        pair for pair in zip(before.splitlines(), after.splitlines(), strict=True) if pair[0] != pair[1]
    ]
    assert changed == [
        ("DISCORD_TOKEN=", "DISCORD_TOKEN=new.token-1"),
        ("#HOST_GUILD_ID=", "HOST_GUILD_ID=123"),
    ]


def test_it_is_its_owners_alone_and_a_link_stays_one(tmp_path: Path) -> None:
    real, link = tmp_path / "kept.env", tmp_path / ".env"
    real.write_text("old")
    real.chmod(0o644)
    link.symlink_to(real)
    write_private(link, "new\r\n")
    assert link.is_symlink()
    assert real.read_bytes() == b"new\r\n"
    assert real.stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    (tmp_path / ".env" / "in the way").touch()
    with pytest.raises(OSError, match="directory"):
        write_private(tmp_path / ".env", "secret")
    assert [path.name for path in tmp_path.iterdir()] == [".env"]
