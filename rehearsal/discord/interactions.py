"""An interaction's life: three seconds to acknowledge it, fifteen minutes of a token, and what became of it.

Source: https://discord.com/developers/docs/interactions/receiving-and-responding
"""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rehearsal.discord import shapes
from rehearsal.discord.api.components import check_modal, numbered
from rehearsal.discord.api.errors import Form, refusal
from rehearsal.discord.api.http import Upload
from rehearsal.discord.api.validation import EPHEMERAL, LOADING
from rehearsal.discord.entities import Channel, Event, Message, User
from rehearsal.discord.permissions import DIRECT, in_guild

if TYPE_CHECKING:
    from rehearsal.discord.server import DiscordStandIn

Json = dict[str, Any]
COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
NO_RESPONSE = "The application did not respond"


@dataclass
class Interaction:
    id: str
    token: str
    type: int
    data: Json
    channel: Channel
    user: User
    source: Message | None = None  # the message whose component was used
    trigger: Interaction | None = None  # whose modal this one submits
    born: float = field(default_factory=time.monotonic)
    state: str = "waiting"
    kind: str = "none"
    acknowledged_after: float | None = None  # seconds
    ephemeral: bool = False
    original: Message | None = None
    modal: Json | None = None
    choices: list[Json] | None = None
    followups: list[Message] = field(default_factory=list[Message])
    error: str | None = None
    revision: int = 0  # how often its member was told what became of it
    deadline: asyncio.TimerHandle | None = None
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)

    def outcome(self) -> Json:
        """What the member side tells: see `GET /rehearsal/interactions/{id}`."""
        return {
            "id": self.id,
            "revision": self.revision,
            "state": self.state,
            "kind": self.kind,
            "acknowledged_after": self.acknowledged_after,
            "ephemeral": self.ephemeral,
            "message": for_member(self.original) if self.original else None,
            "modal": self.modal,
            "choices": self.choices,
            "followups": [for_member(message) for message in self.followups],
            "error": self.error,
        }


def for_member(message: Message) -> Json:
    """A message as the member side gives it; `revision` tells which of two versions is the newer."""
    return message.data | {"ephemeral": message.visible_to is not None, "revision": message.revision}


class Interactions:
    """`lifetime`: seconds that a token lives; `deadline`: seconds until a member hears that nothing came."""

    def __init__(self, stand_in: DiscordStandIn, *, lifetime: float, deadline: float) -> None:
        self._stand_in = stand_in
        self.lifetime = lifetime
        self.deadline = deadline
        self.all: dict[str, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}

    # ---- from the member to the bot ------------------------------------------------------------------------

    def start(
        self,
        kind: int,
        data: Json,
        channel: Channel,
        user: User,
        *,
        source: Message | None = None,
        trigger: Interaction | None = None,
    ) -> Interaction:
        world = self._stand_in.world
        own_id = world.snowflakes.next()
        one = Interaction(
            own_id, f"aW50ZXJhY3Rpb246{own_id}:{secrets.token_urlsafe(60)}", kind, data, channel, user
        )
        one.source, one.trigger = source, trigger
        self.all[own_id] = one
        self._by_token[one.token] = one
        one.deadline = asyncio.get_running_loop().call_later(self.deadline, self._give_up, one)
        world.tell(Event("INTERACTION_CREATE", self._payload(one), channel.guild_id, channel.id, to="bot"))
        return one

    def _give_up(self, one: Interaction) -> None:
        one.state, one.error = "failed", NO_RESPONSE
        self.tell(one)

    def tell(self, one: Interaction) -> None:
        """Lets the member see what became of the interaction so far."""
        if one.state != "waiting":
            one.acknowledged.set()
            if one.deadline:
                one.deadline.cancel()
        one.revision += 1
        self._stand_in.world.tell(Event("INTERACTION", one.outcome(), only=one.user.id, to="members"))

    def _payload(self, one: Interaction) -> Json:
        world, channel = self._stand_in.world, one.channel
        guild = world.guilds.get(channel.guild_id or "")
        may = world.can(channel, one.user.id)
        payload: Json = {
            "id": one.id,
            "application_id": world.bot.id,
            "type": one.type,
            "token": one.token,
            "version": 1,
            "data": one.data,
            "channel_id": channel.id,
            "channel": shapes.channel_json(world, channel) | {"permissions": str(int(may))},
            "locale": one.user.locale,
            "app_permissions": str(int(world.can(channel, world.bot.id) if guild else DIRECT)),
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": {"0": guild.id if guild else "0"},
            "context": 0 if guild else 1,
            "attachment_size_limit": world.upload_limit(channel.guild_id),
        }
        if guild:
            payload["guild_id"] = guild.id
            payload["guild"] = {"id": guild.id, "locale": guild.locale, "features": []}
            payload["guild_locale"] = guild.locale
            permissions = may if one.user.id in guild.members else in_guild(guild, one.user.id)
            member = shapes.member_json(world, guild, one.user.id)
            payload["member"] = member | {"permissions": str(int(permissions))}
        else:
            payload["user"] = shapes.user_json(one.user)
        if one.source:
            payload["message"] = one.source.data
        return payload

    def metadata(self, one: Interaction) -> Json:
        """`interaction_metadata` of a message that answers."""
        made: Json = {
            "id": one.id,
            "type": one.type,
            "user": shapes.user_json(one.user),
            "authorizing_integration_owners": {"0": one.channel.guild_id or "0"},
        }
        if one.type == COMMAND:
            made |= {"name": one.data["name"], "command_type": one.data["type"]}
            if "target_id" in one.data:
                made["target_message_id"] = one.data["target_id"]
        elif one.type == COMPONENT and one.source:
            made["interacted_message_id"] = one.source.id
        elif one.type == MODAL and one.trigger:
            made["triggering_interaction_metadata"] = self.metadata(one.trigger)
        return made

    # ---- the bot's first answer ----------------------------------------------------------------------------

    def respond(self, interaction_id: str, token: str, body: Json, files: dict[str, Upload]) -> Json:
        """The callback. Returns Discord's callback response; raises ApiError 10062, 40060, 50035 …"""
        one = self.all.get(interaction_id)
        if one is None or not secrets.compare_digest(one.token, token) or one.state == "failed":
            raise refusal(10062)
        if one.state != "waiting":
            raise refusal(40060)
        self._check_channel(one)
        kind, data = body.get("type", 0), body.get("data") or {}
        form = Form()
        form.choice(("type",), kind, self._possible(one))
        form.close()
        match kind:
            case 4 | 5:
                self._answer(one, data, files, loading=kind == 5)
            case 6:
                one.state, one.original = "deferred", one.source
            case 7:
                assert one.source
                if one.source.id not in one.channel.messages:
                    raise refusal(10008)
                one.original = self._stand_in.messages.edit(one.source, data, files, base=("data",))
                one.state, one.kind = "answered", "update"
            case 8:
                one.choices = self._checked_choices(data)
                one.state, one.kind = "answered", "choices"
            case _:
                check_modal(form, data)
                form.close()
                one.modal = data | {"components": numbered(data["components"])}
                one.state, one.kind = "answered", "modal"
        one.acknowledged_after = time.monotonic() - one.born
        self.tell(one)
        return self._callback_response(one, kind)

    def _possible(self, one: Interaction) -> tuple[int, ...]:
        if one.type == AUTOCOMPLETE:
            return (8,)
        possible = (4, 5, 6, 7) if one.source else (4, 5)
        return possible if one.type == MODAL else (*possible, 9)

    def _answer(self, one: Interaction, data: Json, files: dict[str, Upload], *, loading: bool) -> None:
        one.ephemeral = bool((data.get("flags") or 0) & EPHEMERAL)
        one.original = self._stand_in.messages.create(
            one.channel,
            self._stand_in.world.bot,
            data,
            files,
            base=("data",),
            visible_to=one.user.id if one.ephemeral else None,
            loading=loading,
            kind={1: 20, 2: 23, 3: 23}.get(one.data.get("type", 0), 0) if one.type == COMMAND else 0,
            extra=self._signature(one),
        )
        one.state, one.kind = ("deferred" if loading else "answered"), "message"

    def _signature(self, one: Interaction) -> Json:
        own = self._stand_in.world.bot.id
        return {"application_id": own, "webhook_id": own, "interaction_metadata": self.metadata(one)}

    def _checked_choices(self, data: Json) -> list[Json]:
        form = Form()
        choices = form.items(("data", "choices"), data.get("choices"), 25)
        for i, choice in enumerate(choices):
            form.text(("data", "choices", i, "name"), choice.get("name"), 100, least=1, required=True)
            if isinstance(choice.get("value"), str):
                form.text(("data", "choices", i, "value"), choice["value"], 100, least=1, required=True)
            elif choice.get("value") is None:
                form.missing(("data", "choices", i, "value"))
        form.close()
        return choices

    def _callback_response(self, one: Interaction, kind: int) -> Json:
        interaction: Json = {"id": one.id, "type": one.type, "channel_id": one.channel.id}
        if one.channel.guild_id:
            interaction["guild_id"] = one.channel.guild_id
        response: Json = {"interaction": interaction}
        if one.original and kind in (4, 5, 7):
            message = one.original
            interaction |= {
                "response_message_id": message.id,
                "response_message_loading": bool(message.data["flags"] & LOADING),
                "response_message_ephemeral": bool(message.data["flags"] & EPHEMERAL),
            }
            if kind != 5:
                response["resource"] = {"type": kind, "message": message.data}
        return response

    # ---- the token's fifteen minutes -----------------------------------------------------------------------

    def by_token(self, webhook_id: str, token: str) -> Interaction:
        """The acknowledged interaction behind a webhook's token. Raises ApiError 10015, 50027."""
        one = self._by_token.get(token)
        if webhook_id != self._stand_in.world.bot.id or one is None:
            raise refusal(10015)
        if time.monotonic() - one.born > self.lifetime:
            raise refusal(50027)
        if one.state in ("waiting", "failed"):
            raise refusal(10015)
        return one

    def expire(self, interaction_id: str) -> None:
        """Lets an interaction's token end now."""
        self.all[interaction_id].born -= self.lifetime + 1

    def follow_up(self, one: Interaction, payload: Json, files: dict[str, Upload]) -> Message:
        """A further message; the first one after a deferral fills the deferred answer."""
        self._check_channel(one)
        first = one.original
        if first and first.data["flags"] & LOADING:
            return self.edit(one, first, payload, files)
        visible_to = one.user.id if (payload.get("flags") or 0) & EPHEMERAL else None
        message = self._stand_in.messages.create(
            one.channel,
            self._stand_in.world.bot,
            payload,
            files,
            visible_to=visible_to,
            extra=self._signature(one),
        )
        one.followups.append(message)
        if one.state == "deferred":
            one.state, one.kind = "answered", "message"
        self.tell(one)
        return message

    def find(self, one: Interaction, message_id: str) -> Message:
        """A message of this interaction ("@original" or an id). Raises ApiError 10003, 10008."""
        if message_id == "@original":
            found = one.original
        else:
            mine = [*one.followups, *([one.original] if one.original else [])]
            found = next((message for message in mine if message.id == message_id), None)
        self._check_channel(one)
        if found is None or found.id not in one.channel.messages:
            raise refusal(10008)
        return found

    def _check_channel(self, one: Interaction) -> None:
        if self._stand_in.world.find_channel(one.channel.id) is None:
            raise refusal(10003)

    def edit(self, one: Interaction, message: Message, payload: Json, files: dict[str, Upload]) -> Message:
        edited = self._stand_in.messages.edit(message, payload, files)
        if one.state == "deferred" and message is one.original:
            one.state, one.kind = "answered", "update" if message is one.source else "message"
        self.tell(one)
        return edited

    def delete(self, one: Interaction, message: Message) -> None:
        self._stand_in.world.delete_message(message)
        if message in one.followups:
            one.followups.remove(message)
        if message is one.original:
            one.original = None
            one.state = "answered" if one.state == "deferred" else one.state
        self.tell(one)

    def stop(self) -> None:
        for one in self.all.values():
            if one.deadline:
                one.deadline.cancel()
