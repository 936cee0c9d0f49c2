"""Where a pressed button, a chosen option or a submitted form goes: by its custom_id alone.

The rule: a custom_id says what to do to what, and nothing that must be true; guild, member and permissions
are read from each interaction. So everything works after a restart, and a forged custom_id gains nothing.
By hand on purpose: discord.py's DynamicItem would find the buttons too, but it knows no forms, and meets
errors and forged ids with silence.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any, TypeVar

import discord

from cogs.core.hints import look_up_hints
from cogs.core.responses import Interaction, in_time, take_in, tell
from cogs.core.rights import Right, Who, check_rank, check_standing, made_by_them
from cogs.texts.refusals import NotYetOpen, Outdated, Unopened
from cogs.texts.translation import Text

Handler = Callable[[Interaction, re.Match[str]], Awaitable[None]]
Press = Callable[[Interaction, str], Awaitable[None]]
Acknowledge = Callable[[Interaction], Awaitable[None]]
T = TypeVar("T")
_MARK = "__route__"
_SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class _Route:
    pattern: re.Pattern[str]
    handler: Handler
    right: Right
    private: bool
    by_command: bool
    first: Acknowledge | None
    by_service: bool

    def check(self, interaction: Interaction) -> None:
        """Raises Outdated or Unopened for what no message or form of ours can have sent."""
        if self.right.form is not (interaction.type is discord.InteractionType.modal_submit):
            raise Outdated
        if self.private and not is_private(interaction):
            raise Outdated
        if interaction.message is None and not self.by_command:
            raise Unopened

    async def serve(self, interaction: Interaction, match: re.Match[str]) -> None:
        """Lets its handler do it, where the member may. Raises whatever is in the way."""
        self.check(interaction)
        if self.first is not None:
            await self.first(interaction)
        check_rank(interaction, self.right.who)
        if not await self._in_time(interaction, check_standing(interaction, self.right)):
            return
        if self.right.who is Who.MEMBER and interaction.message is None:  # a form that a command opened
            look_up_hints(interaction)
        if self.right.who is Who.MAKER and not self.by_service:
            found = await self._in_time(interaction, made_by_them(interaction, match))
            if found is None:
                return
            interaction.extras[_SUBJECT] = found
        await self.handler(interaction, match)

    async def _in_time(self, interaction: Interaction, look_up: Awaitable[T]) -> T | None:
        """What is looked up; where nothing was acknowledged first, while there is time to."""
        return await (look_up if self.first else in_time(interaction, look_up))


def route(
    pattern: str,
    who: Who,
    does: str,
    *,
    sample: str | None = None,
    private: bool = False,
    form: bool = False,
    by_command: bool = False,
    first: Acknowledge | None = None,
    by_service: bool = False,
    decides: bool = False,
) -> Callable[[Handler], Handler]:
    """Every press, or form, whose whole custom_id fits the pattern goes to the function below, once a router
    has taken up its module.

    who, does, sample, decides, form: its right (`cogs.core.rights`). With Who.MAKER the pattern names a
    `track`, a `jam`, a `ballot` or a `contest`, which is looked up and handed on as the interaction's
    `subject`.
    private: the answer changes the message that was pressed on, so it must be one that nobody else sees; a
    forged press on a public message is refused.
    by_command: a form that a command opens too, and then it is below no message, so its handler must not
    answer by changing one.
    first: how it is acknowledged before its right is looked up; None: by its handler, such as with a form.
    by_service: a service alone checks who made it, because it has something else to ask before, or asks in
    the transaction that does it.
    """
    compiled = re.compile(pattern)
    if (
        who is Who.MAKER
        and not by_service
        and not compiled.groupindex.keys() & {"track", "jam", "ballot", "contest"}
    ):
        raise ValueError(f"{pattern} names nothing of which one could be the maker")

    def mark(handler: Handler) -> Handler:
        right = Right(who, does, pattern, sample, decides, form)
        vars(handler)[_MARK] = _Route(compiled, handler, right, private, by_command, first, by_service)
        return handler

    return mark


def track_route(
    verb: str,
    who: Who,
    does: str,
    *,
    asked: bool = False,
    private: bool = False,
    first: Acknowledge | None = None,
    decides: bool = False,
) -> Callable[[Press], Press]:
    """The same for a button on a track; the function gets the track's id. asked: it is below a question."""
    sample = None if asked else f"track:{verb}:{{track}}"

    def mark(press: Press) -> Press:
        @route(
            rf"track:{verb}:(?P<track>[0-9a-z]{{20}})",
            who,
            does,
            sample=sample,
            private=private,
            first=first,
            decides=decides,
        )
        async def handler(interaction: Interaction, match: re.Match[str]) -> None:
            await press(interaction, match["track"])

        vars(press)[_MARK] = vars(handler)[_MARK]
        return press

    return mark


def subject(interaction: Interaction, kind: type[T]) -> T:
    """The track, jam (as its session) or ballot that was looked up because its makers alone may do that."""
    found = interaction.extras[_SUBJECT]
    assert isinstance(found, kind)
    return found


class Router:
    """Finds, by its custom_id, the function that a pressed button or a sent form leads to."""

    def __init__(self) -> None:
        self._routes: list[_Route] = []

    def add(self, module: ModuleType) -> None:
        """Takes up every route of the module's own functions."""
        own = (one for one in vars(module).values() if isinstance(one, FunctionType))
        marked = (vars(one).get(_MARK) for one in own if one.__module__ == module.__name__)
        self._routes += [one for one in marked if one is not None]

    @property
    def rights(self) -> list[Right]:
        """Who may press or send what, of all that leads somewhere."""
        return [one.right for one in self._routes]

    async def dispatch(self, interaction: Interaction) -> None:
        """Does what a button, a select or a form asks for; tells its member of anything in the way."""
        data: Any = interaction.data
        take_in(interaction)
        try:
            if not interaction.client.open:
                raise NotYetOpen
            if not interaction.client.taken_up(interaction):
                return
            for one in self._routes:
                if match := one.pattern.fullmatch(data["custom_id"]):
                    await one.serve(interaction, match)
                    return
            raise Outdated
        except Exception as error:  # noqa: BLE001  (the last place where the member can still be told)
            await tell(interaction, error)


def is_private(interaction: Interaction) -> bool:
    """Whether what was pressed on is a message that its member alone sees."""
    return interaction.message is not None and interaction.message.flags.ephemeral


def view(*items: discord.ui.Item[Any]) -> discord.ui.View:
    """Buttons and selects for one message; stopped, because discord.py need not remember what is routed."""
    made = discord.ui.View(timeout=None)
    for item in items:
        made.add_item(item)
    made.stop()
    return made


def button(
    label: str | Text,
    custom_id: str,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    *,
    disabled: bool = False,
) -> discord.ui.Button[Any]:
    """A button that is routed by its custom_id."""
    return discord.ui.Button(label=str(label), custom_id=custom_id, style=style, disabled=disabled)
