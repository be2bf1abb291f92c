"""Where the time of a call on FreeSWITCH goes: the stages it comes to, from the journal and from FreeSWITCH's own events. Unix time in seconds."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import unquote

from bench._installation import journal_of
from bench._light import Call
from bench._peer import Node

from hotline.core import events as e
from tests.e2e.product import Product

Stages = dict[str, dict[str, float]]
"""By caller: when the call came to each stage."""
STAGES = (
    ("caller's INVITE", "parked in FreeSWITCH"),
    ("parked in FreeSWITCH", "arrived"),
    ("arrived", "answered"),
    ("answered", "entered"),
    ("entered", "offered"),
    ("offered", "leg made in FreeSWITCH"),
    ("leg made in FreeSWITCH", "agent's INVITE"),
)


def stages_of(product: Product, created: dict[str, tuple[str, float]]) -> dict[str, dict[str, float]]:
    """Read from the journal (and from FreeSWITCH's events, where they were taken) when each caller's call came to each stage."""
    callers_of: dict[str, str] = {}
    stages: dict[str, dict[str, float]] = {}
    for recorded in journal_of(product):
        match recorded.event:
            case e.CallArrived(call_id=call_id, ani=ani, at=at, leg_id=leg_id):
                callers_of[call_id] = ani
                stages[ani] = {"arrived": at.timestamp()}
                if leg_id in created:
                    stages[ani]["parked in FreeSWITCH"] = created[leg_id][1]
            case e.CallAnswered(call_id=call_id, at=at) if call_id in callers_of:
                stages[callers_of[call_id]].setdefault("answered", at.timestamp())
            case e.QueueEntered(call_id=call_id, at=at) if call_id in callers_of:
                stages[callers_of[call_id]].setdefault("entered", at.timestamp())
            case e.OfferMade(call_id=call_id, at=at, leg_id=leg_id) if call_id in callers_of:
                stages[callers_of[call_id]].setdefault("offered", at.timestamp())
                if leg_id in created:
                    stages[callers_of[call_id]].setdefault("leg made in FreeSWITCH", created[leg_id][1])
            case _:
                pass
    return stages


def offers_of(product: Product) -> dict[str, list[str]]:
    """By caller: its offers as the journal has them and the ends of their legs, a line each, in the order they were written."""
    callers_of: dict[str, str] = {}
    made: dict[str, e.OfferMade] = {}
    lines: dict[str, list[str]] = {}
    for recorded in journal_of(product):
        match recorded.event:
            case e.CallArrived(call_id=call_id, ani=ani):
                callers_of[call_id] = ani
            case e.OfferMade(offer_id=offer_id, leg_id=leg_id) as offer:
                made[offer_id] = made[leg_id] = offer
            case e.OfferEnded(offer_id=offer_id, call_id=call_id, at=at) as end if offer_id in made:
                offer = made[offer_id]
                line = (
                    f"offered {offer.at:%T.%f} to {at:%T.%f} at {offer.device_id}: {end.outcome}, {end.why}"
                )
                lines.setdefault(callers_of.get(call_id, ""), []).append(line)
            case e.LegEnded(leg_id=leg_id, call_id=call_id, at=at) as end if leg_id in made:
                line = f"leg of {made[leg_id].device_id} over {at:%T.%f}: {end.cause}, {end.sip_status}, {end.q850}"
                lines.setdefault(callers_of.get(call_id, ""), []).append(line)
            case _:
                pass
    return lines


def show_repeated(rung: dict[str, list[Call]], offers: dict[str, list[str]]) -> None:
    """Print of each caller who rang at more than one telephone what the telephones saw, and what the journal says of the offers."""
    for caller, calls in rung.items():
        if len(calls) > 1:
            seen = "; ".join(_seen(one) for one in calls)
            print(
                f"\n{caller} rang {len(calls)} times. Telephones: {seen}. Journal: {'; '.join(offers.get(caller, ()))}"
            )


def _seen(call: Call) -> str:
    times = {"INVITE": call.began, "picked up": call.up, "over": call.over}
    return ", ".join(f"{name} {datetime.fromtimestamp(at, UTC):%T.%f}" for name, at in times.items() if at)


@asynccontextmanager
async def created_legs(node: Node, *, wanted: bool) -> AsyncIterator[dict[str, tuple[str, float]]]:
    """Fill a table with when FreeSWITCH parked or made each leg, by its own clock; costs it events of its own."""
    seen: dict[str, tuple[str, float]] = {}

    def take(event: dict[str, str]) -> None:
        name, leg = event.get("Event-Name", ""), event.get("Unique-ID", "")
        wanted = name == ("CHANNEL_CREATE" if event.get("Call-Direction") == "outbound" else "CHANNEL_PARK")
        if wanted:
            seen.setdefault(leg, (name, int(event["Event-Date-Timestamp"]) / 1e6))

    if not wanted:
        yield seen
        return
    async with events_of(node, "CHANNEL_CREATE CHANNEL_PARK", take):
        yield seen


@asynccontextmanager
async def events_of(node: Node, names: str, take: Callable[[dict[str, str]], None]) -> AsyncIterator[None]:
    """Let `take` see these events of FreeSWITCH."""
    reader, writer = await asyncio.open_connection(*node.esl.split(":"), limit=1 << 20)
    for order in (f"auth {node.password}", f"event plain {names}"):
        writer.write(f"{order}\n\n".encode())

    async def listen() -> None:
        while True:
            head = _fields(await reader.readuntil(b"\n\n"))
            take(_fields(await reader.readexactly(int(head.get("Content-Length", "0")))))

    task = asyncio.create_task(listen(), name="events")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        writer.close()


def _fields(text: bytes) -> dict[str, str]:
    pairs = (line.split(": ", 1) for line in text.decode().splitlines() if ": " in line)
    return {name: unquote(value) for name, value in pairs}


def spread(values: list[float]) -> str:
    """Median, 99th percentile, greatest, in milliseconds."""
    ranked = sorted(1_000 * value for value in values) or [float("nan")]
    p50, p99 = (ranked[int(share * (len(ranked) - 1))] for share in (0.5, 0.99))
    return f"{p50:.1f} / {p99:.1f} / {ranked[-1]:.0f}"


def show_stages(calls: list[Call], rung: dict[str, list[Call]], stages: Stages) -> None:
    """Print where the time of a call goes."""
    for call in calls:
        if call.caller in stages and call.caller in rung:
            stages[call.caller] |= {
                "caller's INVITE": call.began,
                "agent's INVITE": min(one.began for one in rung[call.caller]),
            }
    print("\n| from | to | p50 / p99 / max ms |\n| --- | --- | ---: |")
    for one, other in STAGES:
        times = [stage[other] - stage[one] for stage in stages.values() if one in stage and other in stage]
        print(f"| {one} | {other} | {spread(times)} |")
