"""What a member typed is given back as they wrote it: in a box that nothing in it ends, or in a file."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from cogs.core.fields import given_back
from cogs.texts.formatting import LONGEST_CONTENT, boxed, unboxed


@given(st.text(st.sampled_from("`a\n *_[]()"), max_size=60))
@example("[elsewhere](https://example.org)\n```\n[elsewhere](https://example.org)")
@example("````")
def test_nothing_ends_the_box_and_what_was_in_it_comes_out(typed: str) -> None:
    shown = boxed(typed)
    assert shown.startswith("```\n")
    assert shown.endswith("\n```")
    assert "```" not in shown[3:-3]
    assert len(shown) == len(typed) + 8  # what fits a field still fits it
    assert unboxed(shown) == typed


def test_what_is_too_long_for_the_answer_is_in_a_file() -> None:
    def say(typed: str) -> str:
        return f"You wrote:\n{typed}"

    assert given_back(say, "short") == {"content": "You wrote:\n```\nshort\n```"}
    parts = given_back(say, "x" * LONGEST_CONTENT)
    assert len(parts["content"]) <= LONGEST_CONTENT
    (file,) = parts["files"]
    assert file.fp.read() == b"x" * LONGEST_CONTENT
