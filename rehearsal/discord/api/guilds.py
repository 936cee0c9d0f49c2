"""Routes about the bot itself, its commands and its guilds."""

from rehearsal.discord import shapes
from rehearsal.discord.api.commands import check_command, check_commands, overwrite, registered
from rehearsal.discord.api.errors import Form, refusal
from rehearsal.discord.api.http import NO_CONTENT, Call, Reply, Routes
from rehearsal.discord.entities import Guild
from rehearsal.discord.permissions import in_guild

routes = Routes()


@routes.on("GET", "/gateway")
def get_gateway(call: Call) -> Reply:
    return Reply({"url": call.stand_in.gateway_url})


@routes.on("GET", "/gateway/bot")
def get_gateway_bot(call: Call) -> Reply:
    limit = {"total": 1000, "remaining": 999, "reset_after": 14_400_000, "max_concurrency": 1}
    return Reply(
        {"url": call.stand_in.gateway_url, "shards": call.stand_in.shards, "session_start_limit": limit}
    )


@routes.on("GET", "/users/@me")
def get_own_user(call: Call) -> Reply:
    return Reply(shapes.own_user_json(call.stand_in.world.bot))


@routes.on("GET", "/users/@me/guilds")
def get_own_guilds(call: Call) -> Reply:
    """By id, from the one after `after` on; at most `limit` of them."""
    world, after, limit = call.stand_in.world, call.query.get("after", "0"), call.query.get("limit", "200")
    form = Form()
    if not after.isdecimal():
        form.wrong(("after",), "NUMBER_TYPE_COERCE", f'Value "{after}" is not snowflake.')
    if not limit.isdecimal() or not 1 <= int(limit) <= 200:
        form.wrong(("limit",), "NUMBER_TYPE_MAX", "int value should be less than or equal to 200.")
    form.close()
    mine = [guild for guild in world.guilds.values() if world.bot.id in guild.members]
    mine = sorted((one for one in mine if int(one.id) > int(after)), key=lambda one: int(one.id))
    keys = ("id", "name", "icon", "banner", "features")
    return Reply(
        [
            {key: shapes.guild_json(guild)[key] for key in keys}
            | {"owner": False, "permissions": str(int(in_guild(guild, world.bot.id)))}
            for guild in mine[: int(limit)]
        ]
    )


@routes.on("GET", "/users/{user_id}")
def get_user(call: Call) -> Reply:
    user = call.stand_in.world.users.get(call.params["user_id"])
    if user is None:
        raise refusal(10013)
    return Reply(shapes.user_json(user))


@routes.on("POST", "/users/@me/channels")
def create_direct_channel(call: Call) -> Reply:
    world = call.stand_in.world
    user = world.users.get(str(call.form.get("recipient_id")))
    if user is None:
        form = Form()
        form.wrong(("recipient_id",), "USER_NOT_FOUND", "User not found.")
        form.close()
        raise refusal(10013)
    return Reply(shapes.channel_json(world, world.direct_channel(user)))


@routes.on("GET", "/oauth2/applications/@me")
@routes.on("GET", "/applications/@me")
def get_application(call: Call) -> Reply:
    return Reply(shapes.application_json(call.stand_in.world))


# ---- commands ----------------------------------------------------------------------------------------------

COMMANDS = "/applications/{application_id}/commands"
GUILD_COMMANDS = "/applications/{application_id}/guilds/{guild_id}/commands"


def _scope(call: Call) -> str | None:
    """The guild whose commands are meant, None for the global ones."""
    world = call.stand_in.world
    if call.params["application_id"] != world.bot.id:
        raise refusal(10002)
    guild_id = call.params.get("guild_id")
    if guild_id is not None and (
        guild_id not in world.guilds or world.bot.id not in world.guilds[guild_id].members
    ):
        raise refusal(50001)
    return guild_id


@routes.on("GET", COMMANDS)
@routes.on("GET", GUILD_COMMANDS)
def list_commands(call: Call) -> Reply:
    return Reply(registered(call.stand_in.world, _scope(call)))


@routes.on("PUT", COMMANDS)
@routes.on("PUT", GUILD_COMMANDS)
def overwrite_commands(call: Call) -> Reply:
    return Reply(overwrite(call.stand_in.world, check_commands(call.body.json), _scope(call)))


@routes.on("POST", COMMANDS)
@routes.on("POST", GUILD_COMMANDS)
def upsert_command(call: Call) -> Reply:
    world, scope = call.stand_in.world, _scope(call)
    form = Form()
    check_command(form, (), call.form)
    form.close()
    key = (call.form.get("type", 1), call.form["name"])
    others = [one for one in registered(world, scope) if (one["type"], one["name"]) != key]
    existed = len(others) < len(registered(world, scope))
    return Reply(overwrite(world, [*others, call.form], scope)[-1], 200 if existed else 201)


@routes.on("DELETE", COMMANDS + "/{command_id}")
@routes.on("DELETE", GUILD_COMMANDS + "/{command_id}")
def delete_command(call: Call) -> Reply:
    world, scope = call.stand_in.world, _scope(call)
    kept = [one for one in registered(world, scope) if one["id"] != call.params["command_id"]]
    if len(kept) == len(registered(world, scope)):
        raise refusal(10063)
    overwrite(world, kept, scope)
    return NO_CONTENT


# ---- guilds ------------------------------------------------------------------------------------------------


def _guild(call: Call) -> Guild:
    guild = call.stand_in.world.guilds.get(call.params["guild_id"])
    if guild is None or call.stand_in.world.bot.id not in guild.members:
        raise refusal(10004)
    return guild


@routes.on("GET", "/guilds/{guild_id}")
def get_guild(call: Call) -> Reply:
    return Reply(shapes.guild_json(_guild(call)))


@routes.on("GET", "/guilds/{guild_id}/channels")
def get_guild_channels(call: Call) -> Reply:
    channels = [channel for channel in _guild(call).channels.values() if not channel.is_thread]
    return Reply([shapes.channel_json(call.stand_in.world, channel) for channel in channels])


@routes.on("GET", "/guilds/{guild_id}/threads/active")
def get_active_threads(call: Call) -> Reply:
    threads = [one for one in _guild(call).channels.values() if one.is_thread and not one.archived]
    return Reply(
        {"threads": [shapes.channel_json(call.stand_in.world, one) for one in threads], "members": []}
    )


@routes.on("GET", "/guilds/{guild_id}/roles")
def get_guild_roles(call: Call) -> Reply:
    return Reply([shapes.role_json(role) for role in _guild(call).roles.values()])


@routes.on("GET", "/guilds/{guild_id}/voice-states/{user_id}")
def get_voice_state(call: Call) -> Reply:
    guild, user = _guild(call), call.params["user_id"]
    state = guild.voice.get(call.stand_in.world.bot.id if user == "@me" else user)
    if state is None:
        raise refusal(10065)
    member = shapes.member_json(call.stand_in.world, guild, state.user_id)
    return Reply(shapes.voice_state_json(state) | {"guild_id": guild.id, "member": member})


@routes.on("GET", "/guilds/{guild_id}/members/{user_id}")
def get_guild_member(call: Call) -> Reply:
    guild, user = _guild(call), call.params["user_id"]
    if user not in guild.members:
        raise refusal(10007 if user in call.stand_in.world.users else 10013)
    return Reply(shapes.member_json(call.stand_in.world, guild, user))
