"""`python -m rehearsal.discord`: the Discord stand-in by itself, with the room on its front page."""

import argparse
import asyncio
import contextlib
import signal
import sys

from rehearsal.discord.server import DiscordStandIn
from rehearsal.discord.voice.certificate import certificate


async def serve(args: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with DiscordStandIn(
        args.port,
        args.token,
        shards=args.shards,
        interaction_lifetime=args.interaction_lifetime,
        callback_deadline=args.callback_deadline,
        rate_limits=not args.no_rate_limits,
    ) as discord:
        print(f"Discord rehearsal on {discord.url}", flush=True)
        print(f"A bot that is to be heard in voice needs SSL_CERT_FILE={certificate()}", flush=True)
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m rehearsal.discord", description=__doc__)
    parser.add_argument("--port", type=int, default=8480, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--token", default="rehearsal-token", help="the bot's token (default: %(default)s)")
    parser.add_argument("--shards", type=int, default=1, help="how many shards are recommended to bots")
    parser.add_argument("--interaction-lifetime", type=float, default=900.0, metavar="SECONDS")
    parser.add_argument("--callback-deadline", type=float, default=3.0, metavar="SECONDS")
    parser.add_argument("--no-rate-limits", action="store_true", help="announce rate limits but never refuse")
    try:
        asyncio.run(serve(parser.parse_args()))
    except (OSError, OverflowError) as error:  # the port is taken, or is none
        sys.exit(str(error))


if __name__ == "__main__":
    main()
