"""The simulator's command line: `python -m spindle.simulator`."""

import argparse
import asyncio
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from spindle.simulator import BadWorld, Clock, Lifetime, Profile, Refresh, Settings, Stamps, build, replayed, serve
from spindle.simulator.clock import moment


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"simulator: {message}\n")


def main() -> None:
    asked = _parser().parse_args()
    try:
        asyncio.run(_run(asked))
    except BadWorld as error:
        sys.exit(f"simulator: {error}")
    except OSError as error:
        sys.exit(f"simulator: cannot listen on {asked.host}:{asked.port}: {error.strerror}")


async def _run(asked: argparse.Namespace) -> None:
    settings = _settings(asked)
    worlds = [replayed(asked.world, asked.seed)] if asked.world else []
    start = asked.start or (moment(worlds[0].oldest) if worlds and worlds[0].oldest else None)
    app = build(settings, Clock(start, asked.speed), worlds)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serve(app, asked.host, asked.port) as address:
        sys.stdout.write(f"Spotify simulator: {address}/v1 (accounts: {address}, control: {address}/control)\n")
        sys.stdout.flush()
        await stop.wait()


def _settings(asked: argparse.Namespace) -> Settings:
    listeners = asked.listeners if asked.listeners is not None else 0 if asked.world else 3
    return Settings(
        seed=asked.seed,
        listeners=listeners,
        listening_now=asked.listening_now,
        history_days=asked.days,
        reach=asked.reach,
        late=not asked.no_late,
        stamps=Stamps(started=asked.started, paused=asked.paused, whole=asked.whole),
        profile=asked.profile,
        refresh=asked.refresh,
        access_seconds=asked.access_seconds,
        access_lifetime=asked.access_lifetime,
        client_id=asked.client_id,
        client_secret=asked.client_secret,
    )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m spindle.simulator", description="A faithful Spotify on this machine.")
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=_port, default=8790, help="0 takes a free one")
    add("--seed", type=int, default=7, help="the same seed makes the same world")
    add("--listeners", type=_count, help="made-up listeners (default 3; none beside --world)")
    add("--listening-now", action="store_true", help="most of them play something right now, round the clock")
    add("--days", type=_count, default=60, help="how long before the start they have begun to listen")
    add(
        "--world",
        type=Path,
        nargs="+",
        action="extend",
        metavar="FILE",
        help="one person's export: JSON, ZIP or folder",
    )
    add("--start", type=_time, help="what time it is (default: now; with --world: its first play)")
    add("--speed", type=_speed, default=1.0, help="how fast the clock runs; 0 freezes it")
    add("--reach", type=_reach, default=50, help="how many plays the API reaches back, or `deep` for all")
    add("--no-late", action="store_true", help="every play is visible as soon as it has ended")
    add("--started", type=_share, default=0.0, help="share of plays whose played_at is their start")
    add("--paused", type=_share, default=0.0, help="share of plays that end up to two minutes after their played_at")
    add("--whole", type=_share, default=0.0, help="share of plays whose played_at is a whole second")
    add("--profile", type=Profile, choices=list(Profile), default=Profile.OLD_DEV)
    add("--refresh", type=Refresh, choices=list(Refresh), default=Refresh.OMIT)
    add("--access-seconds", type=_speed, default=3600.0, help="how long an access token lives")
    add("--access-lifetime", type=Lifetime, choices=list(Lifetime), default=Lifetime.REAL)
    add("--client-id", help="the only one to accept (default: any)")
    add("--client-secret")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("a whole number, please")
    return int(text)


def _speed(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1
    if not 0 <= found <= 1_000_000:
        raise argparse.ArgumentTypeError("a number from 0 to 1,000,000, please")
    return found


def _share(text: str) -> float:
    found = _speed(text)
    if found > 1:
        raise argparse.ArgumentTypeError("a share from 0 to 1, please")
    return found


def _reach(text: str) -> int | None:
    return None if text == "deep" else _count(text)


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a time like 2026-11-21T10:00:00Z, please") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


if __name__ == "__main__":
    main()
