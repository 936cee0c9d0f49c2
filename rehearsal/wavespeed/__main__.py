"""`python -m rehearsal.wavespeed`: the WaveSpeed stand-in by itself."""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from rehearsal.folders import CannotWriteError
from rehearsal.wavespeed.accounts import LEVELS
from rehearsal.wavespeed.faults import KINDS, Fault
from rehearsal.wavespeed.server import SHAPES, WaveSpeedStandIn


async def serve(args: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with WaveSpeedStandIn(
        args.port,
        args.key or ("rehearsal-key",),
        level=args.level,
        balance=args.balance,
        render_seconds=args.render_seconds,
        speed=args.render_speed,
        refund_seconds=args.refund_seconds,
        seed=args.seed,
        state=args.state,
        shape=args.shape,
    ) as wave:
        for fault in args.fault:
            wave.faults.add(fault)
        print(f"WaveSpeed rehearsal on {wave.url}", flush=True)
        await stop.wait()


def fault_at_rate(text: str) -> Fault:
    """KIND=RATE or KIND:ENDPOINT=RATE, from the command line."""
    name, _, rate = text.partition("=")
    kind, _, endpoint = name.partition(":")
    try:
        return Fault(kind, endpoint, times=None, rate=float(rate))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def positive(text: str) -> float:
    """A number above zero, from the command line."""
    if not (number := float(text)) > 0:
        raise ValueError(text)
    return number


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m rehearsal.wavespeed", description=__doc__)
    parser.add_argument("--port", type=int, default=8481, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--key", action="append", help="an API key; several make several accounts")
    parser.add_argument(
        "--level", choices=LEVELS, default="gold", help="of every account (default: %(default)s)"
    )
    parser.add_argument("--balance", type=float, default=100.0, metavar="USD", help="(default: %(default)s)")
    parser.add_argument(
        "--render-speed", type=positive, default=1.0, metavar="X", help="times as fast as usual"
    )
    parser.add_argument(
        "--render-seconds", type=float, metavar="S", help="the same time for every prediction"
    )
    parser.add_argument(
        "--refund-seconds", type=float, default=60.0, metavar="S", help="(default: %(default)s)"
    )
    parser.add_argument(
        "--fault",
        action="append",
        type=fault_at_rate,
        default=[],
        metavar="KIND[:ENDPOINT]=RATE",
        help=f"how often something goes wrong, 0 to 1; kinds: {', '.join(KINDS)}",
    )
    parser.add_argument("--shape", choices=SHAPES, default="observed", help="(default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="the same faults again (default: %(default)s)")
    parser.add_argument("--state", type=Path, metavar="FILE", help="keep accounts and predictions there")
    try:
        asyncio.run(serve(parser.parse_args()))
    except (OSError, OverflowError, CannotWriteError) as error:  # the port is taken, or is none
        sys.exit(str(error))


if __name__ == "__main__":
    main()
