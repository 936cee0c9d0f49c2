"""Scheduled events of a guild: the bot plans, changes and takes away, members are interested.

What Discord does by itself when the time has come (an event in another place begins and ends) is left out.
Source: https://docs.discord.com/developers/resources/guild-scheduled-event
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rehearsal.discord import shapes
from rehearsal.discord.api.errors import Form, refusal
from rehearsal.discord.api.http import NO_CONTENT, Call, Reply, Routes
from rehearsal.discord.entities import STAGE, VOICE, Channel, Event, Guild, User
from rehearsal.discord.permissions import P, in_guild

Json = dict[str, Any]
IN_STAGE, IN_VOICE, ELSEWHERE = 1, 2, 3  # entity_type
CHANNEL_TYPES = {IN_STAGE: STAGE, IN_VOICE: VOICE}
SCHEDULED, ACTIVE, COMPLETED, CANCELED = 1, 2, 3, 4  # status
NEXT = {SCHEDULED: (ACTIVE, CANCELED), ACTIVE: (COMPLETED,), COMPLETED: (), CANCELED: ()}
GUILD_ONLY = 2  # privacy_level
MOST = 100  # in a guild that are scheduled or active
LONGEST_NAME, LONGEST_DESCRIPTION, LONGEST_LOCATION = 100, 1000, 100
FIELDS = (
    "name", "description", "channel_id", "entity_type", "entity_metadata", "privacy_level",
    "scheduled_start_time", "scheduled_end_time", "status",
)  # fmt: skip

routes = Routes()
EVENTS = "/guilds/{guild_id}/scheduled-events"
EVENT = EVENTS + "/{event_id}"


def _guild(call: Call) -> Guild:
    """Raises ApiError 10004."""
    guild = call.stand_in.world.guilds.get(call.params["guild_id"])
    if guild is None or call.stand_in.world.bot.id not in guild.members:
        raise refusal(10004)
    return guild


def _event(call: Call, guild: Guild) -> Json:
    """Raises ApiError 10070."""
    event = guild.scheduled_events.get(call.params["event_id"])
    if event is None:
        raise refusal(10070)
    return event


def _allowed(call: Call, guild: Guild, needed: P) -> None:
    """Raises ApiError 50013."""
    call.stand_in.demanded.add(needed)
    if not in_guild(guild, call.stand_in.world.bot.id) & needed:
        raise refusal(50013)


@routes.on("GET", EVENTS)
def list_events(call: Call) -> Reply:
    guild = _guild(call)
    return Reply([_shown(call, guild, one) for one in guild.scheduled_events.values()])


@routes.on("GET", EVENT)
def get_event(call: Call) -> Reply:
    guild = _guild(call)
    return Reply(_shown(call, guild, _event(call, guild)))


@routes.on("POST", EVENTS)
def create_event(call: Call) -> Reply:
    guild, world = _guild(call), call.stand_in.world
    _allowed(call, guild, P.CREATE_EVENTS)
    given = {name: call.form.get(name) for name in FIELDS} | {"status": SCHEDULED}
    _check(call, guild, given, begins_later=True)
    if sum(one["status"] in (SCHEDULED, ACTIVE) for one in guild.scheduled_events.values()) >= MOST:
        raise refusal(30038)
    event: Json = {
        "id": world.snowflakes.next(),
        "guild_id": guild.id,
        "creator_id": world.bot.id,
        "creator": shapes.user_json(world.bot),
        "entity_id": None,
        "image": None,
        "recurrence_rule": None,
        "guild_scheduled_event_exceptions": [],
        **given,
    }
    guild.scheduled_events[event["id"]] = event
    world.tell(_told("CREATE", event))
    return Reply(event)


@routes.on("PATCH", EVENT)
def edit_event(call: Call) -> Reply:
    guild = _guild(call)
    event = _changeable(call, guild)
    changed = event | {name: call.form[name] for name in FIELDS if name in call.form}
    if NEXT[event["status"]] == ():
        raise refusal(180000)
    _check(
        call, guild, changed, begins_later=changed["scheduled_start_time"] != event["scheduled_start_time"]
    )
    if changed["status"] != event["status"] and changed["status"] not in NEXT[event["status"]]:
        form = Form()
        form.wrong(
            ("status",), "INVALID_GUILD_SCHEDULED_EVENT_STATUS_TRANSITION", "Invalid status transition."
        )
        form.close()
    event.update(changed)
    call.stand_in.world.tell(_told("UPDATE", event))
    return Reply(event)


@routes.on("DELETE", EVENT)
def delete_event(call: Call) -> Reply:
    guild = _guild(call)
    event = _changeable(call, guild)
    del guild.scheduled_events[event["id"]]
    call.stand_in.world.tell(_told("DELETE", event))
    return NO_CONTENT


@routes.on("GET", EVENT + "/users")
def list_interested(call: Call) -> Reply:
    guild, world = _guild(call), call.stand_in.world
    event = _event(call, guild)
    return Reply(
        [
            {"guild_scheduled_event_id": event["id"], "user": shapes.user_json(world.users[user])}
            for user in guild.interested.get(event["id"], [])[: int(call.query.get("limit", "100"))]
        ]
    )


def _changeable(call: Call, guild: Guild) -> Json:
    """One's own needs what creating does, another's more. Raises ApiError 10070, 50013."""
    event = _event(call, guild)
    mine = event["creator_id"] == call.stand_in.world.bot.id
    _allowed(call, guild, P.CREATE_EVENTS if mine else P.MANAGE_EVENTS)
    return event


def _check(call: Call, guild: Guild, given: Json, *, begins_later: bool) -> None:
    """What an event is to be like. Raises ApiError 50035, 50001, 50013."""
    form = Form()
    form.text(("name",), given["name"], LONGEST_NAME, least=1, required=True)
    form.text(("description",), given["description"], LONGEST_DESCRIPTION)
    form.choice(("privacy_level",), given["privacy_level"], (GUILD_ONLY,))
    form.choice(("entity_type",), given["entity_type"], (IN_STAGE, IN_VOICE, ELSEWHERE))
    begins = _moment(form, "scheduled_start_time", given["scheduled_start_time"], required=True)
    elsewhere = given["entity_type"] == ELSEWHERE
    ends = _moment(form, "scheduled_end_time", given["scheduled_end_time"], required=elsewhere)
    if begins and begins_later and begins <= datetime.now(UTC):
        form.wrong(
            ("scheduled_start_time",),
            "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST",
            "Cannot schedule event in the past.",
        )
    if begins and ends and ends <= begins:
        words = "Cannot schedule event to end before start."
        form.wrong(("scheduled_end_time",), "GUILD_SCHEDULED_EVENT_END_BEFORE_START", words)
    if elsewhere:
        where = (given["entity_metadata"] or {}).get("location")
        form.text(("entity_metadata", "location"), where, LONGEST_LOCATION, least=1, required=True)
    elif given["channel_id"] is None:
        form.missing(("channel_id",))
    form.close()
    if not elsewhere:
        _check_place(call, guild, given)


def _check_place(call: Call, guild: Guild, given: Json) -> None:
    """Raises ApiError 10003, 50024, 50013."""
    channel: Channel | None = guild.channels.get(str(given["channel_id"]))
    if channel is None:
        raise refusal(10003)
    if channel.type != CHANNEL_TYPES[given["entity_type"]]:
        raise refusal(50024)
    needed = P.VIEW_CHANNEL | P.CONNECT
    if call.stand_in.world.can(channel, call.stand_in.world.bot.id) & needed != needed:
        raise refusal(50013)


def _moment(form: Form, name: str, value: object, *, required: bool) -> datetime | None:
    if value is None:
        if required:
            form.missing((name,))
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        form.wrong((name,), "DATE_TIME_TYPE_PARSE", f'Could not parse "{value}". Should be ISO8601.')
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _shown(call: Call, guild: Guild, event: Json) -> Json:
    count = {"user_count": len(guild.interested.get(event["id"], []))}
    return event | (count if call.flag("with_user_count") else {})


def _told(what: str, event: Json) -> Event:
    return Event(f"GUILD_SCHEDULED_EVENT_{what}", dict(event), event["guild_id"])


def _named(guild: Guild, which: str) -> Json:
    for one in guild.scheduled_events.values():
        if which in (one["id"], one["name"]):
            return one
    raise LookupError(f"There is no event {which!r} here.")


class ScheduledEventsWorld:
    """What members do with scheduled events: a part of the world."""

    def guild(self, which: str) -> Guild:
        raise NotImplementedError

    def user(self, which: str) -> User:
        raise NotImplementedError

    def tell(self, event: Event) -> None:
        raise NotImplementedError

    def be_interested(self, guild: str, event: str, member: str, *, interested: bool = True) -> None:
        """Somebody presses *Interested* on an event (by id or name), or takes it back."""
        found, user = self.guild(guild), self.user(member)
        one = _named(found, event)
        there = found.interested.setdefault(one["id"], [])
        if interested == (user.id in there):
            return
        (there.append if interested else there.remove)(user.id)
        data = {"guild_scheduled_event_id": one["id"], "user_id": user.id, "guild_id": found.id}
        self.tell(Event(f"GUILD_SCHEDULED_EVENT_USER_{'ADD' if interested else 'REMOVE'}", data, found.id))

    def end_event(self, guild: str, event: str) -> None:
        """A moderator cancels an event (by id or name), or ends one that has begun."""
        found = self.guild(guild)
        one = _named(found, event)
        one["status"] = CANCELED if one["status"] == SCHEDULED else COMPLETED
        self.tell(_told("UPDATE", one))
