"""The options of `visite load`, and its exit codes."""

import argparse
import asyncio
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from urllib.parse import urlsplit

import aiohttp

from signaling.load.crowd import Crowd, Shape
from signaling.load.door import Door, Refusal
from signaling.load.processes import family
from signaling.load.report import Limits, Report

VARIABLE = "VISITE_TOKEN"
MAX_VIEWED = 32  # seats in one WHEP request
OVER, CANNOT = 1, 2

EPILOG = f"""exit code 0: within the limits; 1: over one of them; 2: the run could not begin.
Ctrl-C ends the run and reports what there is; the acts that it opened are ended in any case.
The token is one of `visite token --role admin`. Better than --token is the environment's {VARIABLE}: other users of the
machine can read a command's words.

meetings:   visite load --url https://visite.example --rooms 10 --publishers 4 --subscribers 0 --mutual
a lecture:  visite load --url https://visite.example --publishers 1 --subscribers 50 --max-delay 50
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    add = parser.add_argument
    add("--url", required=True, type=_url, help="where the server is, as in its links")
    add("--token", default=os.environ.get(VARIABLE, ""), help="an API token of an administrator")
    people = parser.add_argument_group("who comes").add_argument
    people("--rooms", type=_whole(1), default=1, metavar="N", help="acts, each with a room of its own (default: 1)")
    people("--publishers", type=_whole(0), default=1, metavar="N", help="senders in each room (default: 1)")
    people(
        "--subscribers",
        type=_whole(0),
        default=3,
        metavar="N",
        help="people in each room who only receive (default: 3)",
    )
    people("--mutual", action="store_true", help="the publishers of a room receive one another, too")
    people(
        "--video-kbps",
        type=_whole(0),
        default=1_000,
        metavar="N",
        help="of each publisher; 0: sound only (default: 1000)",
    )
    people("--no-feedback", action="store_true", help="receivers tell only losses, not each arrival as browsers do")
    people("--join-rate", type=_positive, default=5.0, metavar="R", help="participants a second (default: 5)")
    people("--minutes", type=_positive, default=1.0, metavar="M", help="to stay once everybody is there (default: 1)")
    limits = parser.add_argument_group("limits").add_argument
    limits("--max-loss", type=_number, default=0.1, metavar="PERCENT", help="of the packets (default: 0.1)")
    limits("--max-delay", type=_positive, metavar="MS", help="p99 from sender to receiver (default: none)")
    limits(
        "--max-failures", type=_whole(0), default=0, metavar="N", help="refusals and broken connections (default: 0)"
    )
    add("--server-pid", type=_whole(1), metavar="PID", help="the server's process on this machine, to tell its CPU")
    add("--json", action="store_true", help="one JSON object instead of the report")


def run(arguments: argparse.Namespace) -> int:
    try:
        _check(arguments)
        return asyncio.run(_run(arguments))
    except CannotBegin as error:
        _say(f"visite load: {error}")
        return CANNOT


class CannotBegin(Exception):
    """The text says why, and ends with a code."""


def _check(arguments: argparse.Namespace) -> None:
    if not arguments.token:
        raise CannotBegin(f"a token is needed, by --token or in {VARIABLE} (token-missing)")
    if arguments.publishers + arguments.subscribers == 0:
        raise CannotBegin("nobody would come: --publishers and --subscribers are 0 (nobody)")
    if arguments.subscribers and not arguments.publishers:
        raise CannotBegin("subscribers need a publisher (nobody)")
    if arguments.publishers > MAX_VIEWED + arguments.mutual:
        raise CannotBegin(f"nobody can receive more than {MAX_VIEWED} publishers (too-many-publishers)")
    if arguments.server_pid is not None and not family(arguments.server_pid):
        raise CannotBegin(f"there is no process {arguments.server_pid} on this machine (no-such-process)")


async def _run(arguments: argparse.Namespace) -> int:
    shape = Shape(
        arguments.rooms,
        arguments.publishers,
        arguments.subscribers,
        arguments.mutual,
        60 * arguments.minutes,
        arguments.join_rate,
        arguments.video_kbps,
        not arguments.no_feedback,
    )
    _take_all_descriptors()
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession(arguments.url, connector=aiohttp.TCPConnector(limit=0)) as http:
        crowd = Crowd(Door(http, arguments.token), shape, _say, arguments.server_pid)
        for stop in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(stop, crowd.stop)
        try:
            await crowd.run()
        except Refusal as refusal:
            raise CannotBegin(f"{arguments.url}: could not {refusal.asked} ({refusal.code})") from None
    report = Report(shape, crowd.tally, tuple(crowd.marks), arguments.server_pid is not None)
    limits = Limits(arguments.max_loss, arguments.max_delay, arguments.max_failures)
    written = json.dumps(report.facts(), indent=2) if arguments.json else report.text(limits)
    sys.stdout.write(written + "\n")
    return OVER if report.over(limits) else 0


def _take_all_descriptors() -> None:
    """Each connection is a socket; the usual soft limit is a thousand."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise argparse.ArgumentTypeError(f"{text!r} is not scheme and host, for example https://visite.example")
    return f"{parts.scheme}://{parts.netloc}"


def _whole(lowest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < lowest:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {lowest} on")
        return int(text)

    return read


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 on")
    return value


def _positive(text: str) -> float:
    value = _number(text)
    if not value:
        raise argparse.ArgumentTypeError("0 is too little")
    return value
