"""Many citizens call at once and agents answer on desk phones; prints connect rate, waits and audio gaps.

Examples:
  hotline load --rate 2 --concurrent 60 --minutes 5
  hotline load --rate 0.5 --concurrent 20 --minutes 1 --agents 6 --talk 8

The agents 1001, 1002, … sign in over HTTP with their desk phones (demo site: nothing else need be said).
Exit status: 0 all connected calls were heard, 1 calls were refused or lost packets, 2 cannot begin.
"""

from __future__ import annotations

import argparse
import os
import sys

import httpx
import uvloop

from hotline.adapters.sip_caller.load import LoadPlan, LoadResult, LoadRun
from hotline.adapters.sip_caller.phone import RegistrationFailed
from hotline.cli.call import DEFAULT_SERVER, parse_server

HELP = "压力：许多市民同时来电，坐席用话机接听，打印接通率、等待和音质"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = __doc__
    add = parser.add_argument
    add("--rate", type=float, default=2.0, metavar="N", help="calls a second, arriving at random")
    add("--concurrent", type=int, default=60, metavar="N", help="citizens at once, at most")
    add("--minutes", type=float, default=5.0, help="how long calls arrive")
    add("--agents", type=int, default=12, metavar="N", help="agents who answer")
    add("--first-agent", type=int, default=1001, metavar="NUMBER", help="work number of the first")
    add("--talk", type=float, default=10.0, metavar="S", help="mean length of a talk")
    add("--keys", default="12", help="menu keys that citizens choose from")
    add("--to", default="01084000000", metavar="NUMBER", help="number to call")
    add("--server", default=os.environ.get("HOTLINE_SIP", DEFAULT_SERVER), metavar="HOST:PORT", help="SIP")
    add(
        "--http",
        default=os.environ.get("HOTLINE_HTTP", "127.0.0.1:8000"),
        metavar="HOST:PORT",
        help="application",
    )
    add(
        "--password",
        default=os.environ.get("HOTLINE_DEMO_PASSWORD", ""),
        help="of the agents (demo: found by itself)",
    )
    add("--phone-password", default="demo-{number}", metavar="PATTERN", help="SIP password of desk phones")
    add("--patience", type=float, default=120.0, metavar="S", help="a citizen hangs up after so long")


def run(args: argparse.Namespace) -> int:
    """Run the load; returns the exit status."""
    http = args.http if "://" in args.http else f"http://{args.http}"
    try:
        plan = LoadPlan(
            server=parse_server(args.server),
            http=http,
            number=args.to,
            password=args.password or _demo_password(http),
            rate=args.rate,
            concurrent=args.concurrent,
            seconds=60 * args.minutes,
            agents=args.agents,
            first_agent=args.first_agent,
            talk_s=args.talk,
            keys=args.keys,
            phone_password=args.phone_password,
            patience_s=args.patience,
        )
        result = uvloop.run(_go(plan))
    except (OSError, ValueError, httpx.HTTPError, RegistrationFailed) as error:
        print(f"hotline load: {error}", file=sys.stderr)
        return 2
    _print(result)
    return 0 if result.connected == result.offered and not result.lost else 1


async def _go(plan: LoadPlan) -> LoadResult:
    return await LoadRun(plan).run()


def _demo_password(http: str) -> str:
    hints = httpx.get(f"{http}/api/v1/start", timeout=10, trust_env=False).raise_for_status().json()["hints"]
    if not hints or not hints["password"]:
        raise ValueError("no demo password to be had; say --password")
    return str(hints["password"])


def percentile(values: list[float], share: float) -> float | None:
    """Return the value below which `share` (0 to 1) of the values lie (nearest rank), None without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def _print(result: LoadResult) -> None:
    def row(name: str, values: list[float], unit: str) -> None:
        numbers = [percentile(values, share) for share in (0.5, 0.99, 1.0)]
        shown = "  ".join("       –" if number is None else f"{number:8.1f}" for number in numbers)
        print(f"{name:<34}{shown}  {unit}  ({len(values)})")

    def share(part: int, whole: int) -> str:
        return f"{100 * part / whole:.1f} %" if whole else "–"

    print(f"offered {result.offered} (held back {result.held_back})")
    print(
        f"connected {result.connected} = {share(result.connected, result.offered)}; refused {result.refused or 'none'}"
    )
    print(
        f"talked to an agent {result.talked} = {share(result.talked, result.connected)}; rated {result.surveys}"
    )
    print(f"packets {result.packets}, sequence gaps {result.lost}")
    print(f"{'':<34}     p50       p99       max")
    row("INVITE to first packet", result.first_packet, "ms")
    row("|packet interval - 20 ms|", result.uneven, "ms")
    row("answer to audio at the agent", result.answer_to_agent, "ms")
    row("answer to audio at the citizen", result.answer_to_citizen, "ms")
    row("answer to agent (menu, queue, ring)", result.waits_s, "s")
