"""Discord's JSON objects of what exists in the world. Fields and their order follow the API's reference."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rehearsal.discord.entities import FORUM, STAGE, VOICE
from rehearsal.discord.snowflake import EPOCH_MS

if TYPE_CHECKING:
    from rehearsal.discord.entities import Channel, Guild, Role, User, VoiceState
    from rehearsal.discord.world import World

Json = dict[str, Any]

REQUIRE_TAG = 1 << 4  # flag of a forum


def user_json(user: User) -> Json:
    return {
        "id": user.id,
        "username": user.name if user.bot else user.name.lower().replace(" ", "_"),
        "global_name": None if user.bot else user.name,
        "discriminator": "0",
        "avatar": None,
        "avatar_decoration_data": None,
        "banner": None,
        "accent_color": None,
        "bot": user.bot,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }


def own_user_json(user: User) -> Json:
    """The bot itself, as /users/@me and READY give it."""
    return user_json(user) | {"mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}


def role_json(role: Role) -> Json:
    return {
        "id": role.id,
        "name": role.name,
        "description": None,
        "permissions": str(int(role.permissions)),
        "position": role.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": role.managed_by is not None,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    } | ({"tags": {"bot_id": role.managed_by}} if role.managed_by else {})


def member_json(world: World, guild: Guild, user: str) -> Json:
    member = guild.members[user]
    return {
        "user": user_json(world.users[user]),
        "nick": None,
        "avatar": None,
        "banner": None,
        "roles": list(member.roles),
        "joined_at": member.joined_at,
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": member.timed_out_until,
    }


def channel_json(world: World, channel: Channel) -> Json:
    last = next(reversed(channel.messages), None)
    if channel.guild_id is None:
        people = [user_json(world.users[user]) for user in channel.recipients]
        return {
            "id": channel.id,
            "type": channel.type,
            "flags": 0,
            "last_message_id": last,
            "recipients": people,
        }
    shared: Json = {
        "id": channel.id,
        "type": channel.type,
        "guild_id": channel.guild_id,
        "name": channel.name,
        "parent_id": channel.parent_id,
        "last_message_id": last,
        "rate_limit_per_user": 0,
        "flags": 0,
    }
    if channel.is_thread:
        return shared | {
            "owner_id": channel.owner_id,
            "applied_tags": [tag["id"] for tag in channel.tags],
            "message_count": len(channel.messages),
            "member_count": 1,
            "total_message_sent": len(channel.messages),
            "thread_metadata": {
                "archived": channel.archived,
                "archive_timestamp": _moment_of(channel.id),
                "auto_archive_duration": channel.auto_archive,
                "locked": channel.locked,
                "create_timestamp": _moment_of(channel.id),
            },
        }
    guild = world.guilds[channel.guild_id]
    if channel.type in (VOICE, STAGE):
        shared |= {"bitrate": 64_000, "user_limit": channel.user_limit, "rtc_region": None}
    if channel.type == FORUM:
        shared |= {"available_tags": channel.tags, "flags": REQUIRE_TAG if channel.tag_needed else 0}
    return shared | {
        "position": channel.position,
        "topic": None,
        "nsfw": channel.nsfw,
        "permission_overwrites": [
            {
                "id": target,
                "type": 0 if target in guild.roles else 1,
                "allow": str(int(allow)),
                "deny": str(int(deny)),
            }
            for target, (allow, deny) in channel.overwrites.items()
        ],
    }


def guild_json(guild: Guild) -> Json:
    nothing = (
        "icon", "description", "home_header", "splash", "discovery_splash", "banner", "application_id",
        "afk_channel_id", "system_channel_id", "widget_channel_id", "vanity_url_code", "rules_channel_id",
        "safety_alerts_channel_id", "public_updates_channel_id", "max_presences", "incidents_data",
    )  # fmt: skip
    return {
        "id": guild.id,
        "name": guild.name,
        "owner_id": guild.owner_id,
        **dict.fromkeys(nothing),
        "features": [],
        "region": "deprecated",
        "afk_timeout": 300,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "verification_level": 1,
        "roles": [role_json(role) for role in guild.roles.values()],
        "default_message_notifications": 1,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "premium_tier": guild.tier,
        "premium_subscription_count": {0: 0, 1: 2, 2: 7}.get(guild.tier, 14),
        "preferred_locale": guild.locale,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
    }


def guild_created(world: World, guild: Guild) -> Json:
    """GUILD_CREATE for a bot without the members intent: of the members itself, and who is in voice."""
    channels = list(guild.channels.values())
    bot = guild.members.get(world.bot.id)
    known = [user for user in guild.members if user == world.bot.id or user in guild.voice]
    return guild_json(guild) | {
        "joined_at": bot.joined_at if bot else None,
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members),
        "voice_states": [voice_state_json(state) for state in guild.voice.values()],
        "members": [member_json(world, guild, user) for user in known],
        "channels": [channel_json(world, c) for c in channels if not c.is_thread],
        "threads": [channel_json(world, c) for c in channels if c.is_thread and not c.archived],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": list(guild.scheduled_events.values()),
        "soundboard_sounds": [],
    }


def voice_state_json(state: VoiceState) -> Json:
    return {
        "channel_id": state.channel_id,
        "user_id": state.user_id,
        "session_id": state.session_id,
        "deaf": False,
        "mute": False,
        "self_deaf": state.self_deaf,
        "self_mute": state.self_mute,
        "self_video": False,
        "suppress": False,
        "request_to_speak_timestamp": None,
    }


def application_json(world: World) -> Json:
    owner, team = user_json(world.users[world.host_id]) | {"bot": False}, _team_json(world)
    if team is not None:  # then the owner is a user that stands for the team
        owner |= {"id": team["id"], "username": f"team{team['id']}"}
    return {
        "id": world.bot.id,
        "name": world.bot.name,
        "icon": None,
        "description": "A Discord bot with which a community makes music together.",
        "type": None,
        "bot": own_user_json(world.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": owner,
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": team,
        "eligible_oauth2_scopes": ["bot", "applications.commands"],
    }


def _team_json(world: World) -> Json | None:
    """The team that the application belongs to; None where it is one person's.

    Source: https://discord.com/developers/docs/topics/teams
    """
    if not world.team:
        return None
    team_id = str(int(world.host_id) + 1)
    members = [
        {
            "user": user_json(world.users[user_id]),
            "team_id": team_id,
            "membership_state": 2 if accepted else 1,
            "role": role,
            "permissions": ["*"],
        }
        for user_id, (role, accepted) in {world.host_id: ("admin", True), **world.team}.items()
    ]
    return {
        "id": team_id,
        "icon": None,
        "name": "The Band",
        "owner_user_id": world.host_id,
        "members": members,
    }


def readable(world: World, data: Json, guild_id: str | None, *, content_intent: bool) -> Json:
    """A message as a bot gets it: without the message content intent only its own, DMs, what mentions it.

    Source: https://discord.com/developers/docs/events/gateway#message-content-intent
    """
    mentioned = any(user["id"] == world.bot.id for user in data["mentions"])
    if content_intent or guild_id is None or data["author"]["id"] == world.bot.id or mentioned:
        return data
    return data | {"content": "", "embeds": [], "attachments": [], "components": []}


def _moment_of(snowflake: str) -> str:
    return datetime.fromtimestamp(((int(snowflake) >> 22) + EPOCH_MS) / 1000, UTC).isoformat()
