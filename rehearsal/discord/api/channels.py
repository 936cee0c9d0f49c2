"""Routes about channels, their messages and threads, each with the permissions it needs."""

from rehearsal.discord import shapes
from rehearsal.discord.api.errors import Form, refusal
from rehearsal.discord.api.http import NO_CONTENT, Call, Reply, Routes
from rehearsal.discord.api.validation import HAS_THREAD
from rehearsal.discord.entities import (
    CATEGORY,
    FORUM,
    NEWS,
    NEWS_THREAD,
    PRIVATE_THREAD,
    TEXT,
    THREAD,
    VOICE,
    Channel,
    Event,
    Message,
)
from rehearsal.discord.permissions import P

routes = Routes()
LONGEST_STATUS = 500  # characters
MESSAGES = "/channels/{channel_id}/messages"


def _channel(call: Call, *needed: P) -> Channel:
    """The channel of the path. Raises ApiError 10003, 50001, 50013."""
    world = call.stand_in.world
    channel = world.find_channel(call.params["channel_id"])
    if channel is None:
        raise refusal(10003)
    may = world.can(channel, world.bot.id)
    if channel.guild_id is not None:
        call.stand_in.demanded.update((P.VIEW_CHANNEL, *needed))
    if not may & P.VIEW_CHANNEL:
        raise refusal(50001)
    for permission in needed:
        if not may & permission:
            raise refusal(50013)
    return channel


def _message(call: Call, channel: Channel) -> Message:
    message = channel.messages.get(call.params["message_id"])
    if message is None or message.visible_to:
        raise refusal(10008)
    return message


@routes.on("GET", "/channels/{channel_id}")
def get_channel(call: Call) -> Reply:
    return Reply(shapes.channel_json(call.stand_in.world, _channel(call)))


@routes.on("PATCH", "/channels/{channel_id}")
def edit_channel(call: Call) -> Reply:
    channel = _channel(call)
    own_thread = channel.is_thread and channel.owner_id == call.stand_in.world.bot.id
    if channel.is_thread and not channel.locked and call.form == {"archived": False}:
        _channel(call, P.SEND_MESSAGES_IN_THREADS)
    elif not own_thread:
        _channel(call, P.MANAGE_THREADS if channel.is_thread else P.MANAGE_CHANNELS)
    form = Form()
    changes = {}
    if "name" in call.form:
        changes["name"] = form.text(("name",), call.form["name"], 100, least=1, required=True)
    names = {"archived": "archived", "locked": "locked", "auto_archive_duration": "auto_archive"}
    changes |= {
        own: call.form[theirs] for theirs, own in names.items() if channel.is_thread and theirs in call.form
    }
    if "nsfw" in call.form:
        changes["nsfw"] = bool(call.form["nsfw"])
    form.close()
    call.stand_in.world.update_channel(channel.id, **changes)
    return Reply(shapes.channel_json(call.stand_in.world, channel))


@routes.on("DELETE", "/channels/{channel_id}")
def delete_channel(call: Call) -> Reply:
    channel = _channel(call)
    if channel.guild_id:
        _channel(call, P.MANAGE_THREADS if channel.is_thread else P.MANAGE_CHANNELS)
    gone = shapes.channel_json(call.stand_in.world, channel)
    call.stand_in.world.delete_channel(channel.id)
    return Reply(gone)


@routes.on("PUT", "/channels/{channel_id}/voice-status")
def set_voice_status(call: Call) -> Reply:
    """Who is not in the channel needs to be allowed to manage it.

    That counts as no permission which a bot needs: it may be put out between its last look and its request.
    """
    channel, world = _channel(call, P.SET_VOICE_CHANNEL_STATUS), call.stand_in.world
    if channel.type != VOICE:
        raise refusal(50024)
    inside = world.bot.id in world.in_voice(channel)
    if not inside and not world.can(channel, world.bot.id) & P.MANAGE_CHANNELS:
        raise refusal(50013)
    form = Form()
    status = form.text(("status",), call.form.get("status"), LONGEST_STATUS)
    form.close()
    world.set_voice_status(channel.id, status)
    return NO_CONTENT


@routes.on("POST", "/channels/{channel_id}/typing")
def trigger_typing(call: Call) -> Reply:
    channel, world = _channel(call, P.SEND_MESSAGES), call.stand_in.world
    data = {"channel_id": channel.id, "user_id": world.bot.id}
    world.tell(Event("TYPING_START", data, channel.guild_id, channel.id, to="members"))
    return NO_CONTENT


# ---- messages ----------------------------------------------------------------------------------------------


@routes.on("GET", MESSAGES)
def list_messages(call: Call) -> Reply:
    channel, world = _channel(call), call.stand_in.world
    call.stand_in.demanded.add(P.READ_MESSAGE_HISTORY)
    if not world.can(channel, world.bot.id) & P.READ_MESSAGE_HISTORY:
        return Reply([])
    form = Form()
    raw = call.query.get("limit", "50")
    limit = form.whole(("limit",), int(raw) if raw.isdigit() else raw, 1, 100, 50) or 50
    form.close()
    newest_first = [m for m in reversed(channel.messages.values()) if not m.visible_to]
    if before := call.query.get("before"):
        chosen = [m for m in newest_first if int(m.id) < int(before)][:limit]
    elif after := call.query.get("after"):
        chosen = [m for m in newest_first if int(m.id) > int(after)][-limit:]
    elif around := call.query.get("around"):
        newer = [m for m in newest_first if int(m.id) > int(around)]
        older = newest_first[len(newer) :]
        chosen = [*newer[max(0, len(newer) - limit // 2) :], *older[: limit // 2 + 1]][:limit]
    else:
        chosen = newest_first[:limit]
    content = call.stand_in.message_content
    return Reply([shapes.readable(world, m.data, m.guild_id, content_intent=content) for m in chosen])


@routes.on("POST", MESSAGES)
def create_message(call: Call) -> Reply:
    channel, world = _channel(call), call.stand_in.world
    if channel.type in (CATEGORY, FORUM):
        raise refusal(50008)
    if channel.guild_id is None and not world.users[channel.recipients[0]].dms_open:
        raise refusal(50007)
    if channel.is_thread and channel.archived and channel.locked:
        raise refusal(50083)
    needed = [P.SEND_MESSAGES_IN_THREADS if channel.is_thread else P.SEND_MESSAGES]
    needed += [P.EMBED_LINKS] if call.form.get("embeds") else []
    needed += [P.ATTACH_FILES] if call.body.files else []
    _channel(call, *needed)
    reference = call.form.get("message_reference")
    extra = {}
    if reference:
        replied = channel.messages.get(str(reference.get("message_id")))
        if replied is None and reference.get("fail_if_not_exists", True):
            form = Form()
            form.wrong(("message_reference",), "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
            form.close()
        if replied:
            place = {"message_id": replied.id, "channel_id": channel.id, "type": 0}
            extra = {"message_reference": place, "referenced_message": replied.data}
    made = call.stand_in.messages.create(
        channel, world.bot, call.form, call.body.files, kind=19 if extra else 0, extra=extra
    )
    if channel.archived:
        world.update_channel(channel.id, archived=False)
    return Reply(made.data if made.nonce is None else made.data | {"nonce": made.nonce})


@routes.on("GET", MESSAGES + "/{message_id}")
def get_message(call: Call) -> Reply:
    message = _message(call, _channel(call, P.READ_MESSAGE_HISTORY))
    content = call.stand_in.message_content
    return Reply(shapes.readable(call.stand_in.world, message.data, message.guild_id, content_intent=content))


@routes.on("PATCH", MESSAGES + "/{message_id}")
def edit_message(call: Call) -> Reply:
    channel = _channel(call)
    message = _message(call, channel)
    if message.data["author"]["id"] != call.stand_in.world.bot.id:
        raise refusal(50005)
    if channel.archived:
        raise refusal(50083)
    if call.body.files:
        _channel(call, P.ATTACH_FILES)
    return Reply(call.stand_in.messages.edit(message, call.form, call.body.files).data)


@routes.on("DELETE", MESSAGES + "/{message_id}")
def delete_message(call: Call) -> Reply:
    message = _message(call, _channel(call))
    if message.data["author"]["id"] != call.stand_in.world.bot.id:
        _channel(call, P.MANAGE_MESSAGES)
    call.stand_in.world.delete_message(message)
    return NO_CONTENT


# ---- threads -----------------------------------------------------------------------------------------------


def _thread_name(call: Call) -> str:
    form = Form()
    name = form.text(("name",), call.form.get("name"), 100, least=1, required=True)
    duration = call.form.get("auto_archive_duration", 1440)
    form.choice(("auto_archive_duration",), duration, (60, 1440, 4320, 10080))
    form.close()
    return name


@routes.on("POST", MESSAGES + "/{message_id}/threads")
def start_thread_from_message(call: Call) -> Reply:
    world, channel = call.stand_in.world, _channel(call, P.CREATE_PUBLIC_THREADS)
    message = _message(call, channel)
    if channel.type not in (TEXT, NEWS):
        raise refusal(50024)
    if message.data["flags"] & HAS_THREAD:
        raise refusal(160004)
    kind = NEWS_THREAD if channel.type == NEWS else THREAD
    thread = world.add_thread(channel, _thread_name(call), world.bot.id, kind=kind, own_id=message.id)
    thread.auto_archive = call.form.get("auto_archive_duration", 1440)
    message.data["flags"] |= HAS_THREAD
    message.data["thread"] = shapes.channel_json(world, thread)
    world.changed(message)
    return Reply(shapes.channel_json(world, thread), 201)


@routes.on("POST", "/channels/{channel_id}/threads")
def start_thread(call: Call) -> Reply:
    world = call.stand_in.world
    if _channel(call).type == FORUM:
        return _start_forum_post(call)
    kind = call.form.get("type", 12)
    private = kind == PRIVATE_THREAD
    channel = _channel(call, P.CREATE_PRIVATE_THREADS if private else P.CREATE_PUBLIC_THREADS)
    if kind not in {TEXT: (THREAD, PRIVATE_THREAD), NEWS: (NEWS_THREAD,)}.get(channel.type, ()):
        raise refusal(50024)
    thread = world.add_thread(channel, _thread_name(call), world.bot.id, kind=kind)
    thread.auto_archive = call.form.get("auto_archive_duration", 1440)
    return Reply(shapes.channel_json(world, thread), 201)


def _start_forum_post(call: Call) -> Reply:
    """A thread that begins with a message, which has the thread's own id (Discord: Start Thread in Forum)."""
    world, forum = call.stand_in.world, _channel(call, P.SEND_MESSAGES)
    form = Form()
    if not isinstance(call.form.get("message"), dict):
        form.missing(("message",))
    tags = [tag for tag in forum.tags if tag["id"] in map(str, call.form.get("applied_tags") or [])]
    if forum.tag_needed and not tags:
        needed = "A tag is required to create a forum post in this channel"
        form.wrong(("applied_tags",), "BASE_TYPE_REQUIRED", needed)
    form.close()
    if any(tag["moderated"] for tag in tags):
        raise refusal(50013)
    thread = world.add_thread(forum, _thread_name(call), world.bot.id)
    thread.tags = tags
    thread.auto_archive = call.form.get("auto_archive_duration", 1440)
    said = {"extra": {"id": thread.id}, "base": ("message",)}
    made = call.stand_in.messages.create(thread, world.bot, call.form["message"], call.body.files, **said)
    return Reply(shapes.channel_json(world, thread) | {"message": made.data}, 201)


@routes.on("PUT", "/channels/{channel_id}/thread-members/{user_id}")
def add_thread_member(call: Call) -> Reply:
    thread, world = _channel(call, P.SEND_MESSAGES_IN_THREADS), call.stand_in.world
    if not thread.is_thread:
        raise refusal(50024)
    if call.params["user_id"] not in world.guilds[thread.guild_id or ""].members:
        raise refusal(10007)
    if thread.archived:
        raise refusal(50083)
    thread.inside.add(call.params["user_id"])
    return NO_CONTENT


@routes.on("GET", "/channels/{channel_id}/thread-members/{user_id}")
def get_thread_member(call: Call) -> Reply:
    thread, user_id = _channel(call), call.params["user_id"]
    if user_id not in thread.inside:
        raise refusal(10007)
    joined = {"id": thread.id, "user_id": user_id, "join_timestamp": "2026-01-01T00:00:00+00:00"}
    return Reply(joined | {"flags": 0})
