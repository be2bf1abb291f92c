"""Hold what the callers saw against the journal, the identities of the metric dictionary, the live page, the files and the logs."""

import hashlib
import json
import traceback
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from hotline.core import events as e
from tests.chaos.people import Seen
from tests.simulation.checker import IN_CALL, Checker
from tests.small_site import small_site

FAULTS_OF_OURS = {
    "call_failed",
    "call_could_not_be_ended",
    "runtime_part_failed",
    "application_part_failed",
    "request_failed",
    "journal_projection_failed",
    "journal_has_another_writer",
    "commands_failed",
    "spool_line_unreadable",
    "spool_drain_failed",
}


class _AnyOrder:
    """The order of service is the simulation's matter; here telephones vanish in the middle of it."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


@dataclass(slots=True)
class Account:
    """What came of a run. `wrong` is empty when every call is accounted for."""

    figures: dict[str, int] = field(default_factory=dict[str, int])
    wrong: list[str] = field(default_factory=list[str])


def account(events: list[e.Event], seen: list[Seen], live: dict[str, Any], data: Path) -> Account:
    """Look at everything."""
    found = Account()
    found.figures = {
        "calls placed": len(seen),
        "answered by the switch": sum(one.up for one in seen),
        "journal events": len(events),
    }
    _callers(found, events, seen)
    _identities(found, events)
    _left_open(found, events)
    _recordings(found, events, data)
    _people(found, live)
    _logs(found, data)
    return found


def _callers(found: Account, events: list[e.Event], seen: list[Seen]) -> None:
    """Each call that the switch answered is in the journal once. One that a dying engine left may be there a second time, as lost."""
    arrived: dict[str, list[str]] = defaultdict(list)
    ended: dict[str, list[str]] = defaultdict(list)
    for event in events:
        if isinstance(event, e.CallArrived):
            arrived[event.ani].append(event.call_id)
        elif isinstance(event, e.CallEnded):
            ended[event.call_id].append(event.disposition.value if event.disposition else "")
    statuses: Counter[str] = Counter()
    for one in seen:
        calls = arrived[one.ani]
        lost = [call for call in calls if ended[call] == ["system_lost"]]
        if one.up and not calls:
            found.wrong.append(f"{one.ani} was answered and is not in the journal")
        if len(calls) - len(lost) > 1:
            found.wrong.append(f"{one.ani} is in the journal {len(calls)} times")
        for call in calls:
            statuses[ended[call][0] if ended[call] else "open"] += 1
            if len(ended[call]) != 1:
                found.wrong.append(f"{one.ani} has {len(ended[call])} ends: {ended[call]}")
        if not calls:
            statuses[f"not in the journal, status {one.status}"] += 1
    found.figures |= dict(sorted(statuses.items()))


def _identities(found: Account, events: list[e.Event]) -> None:
    checker = Checker(small_site())
    checker.order = _AnyOrder()  # pyright: ignore[reportAttributeAccessIssue]
    for at, batch in groupby(events, lambda event: event.at):  # what one input led to carries one time
        try:
            checker.see(tuple(batch))
        except (AssertionError, KeyError) as broken:
            line = traceback.extract_tb(broken.__traceback__)[-1].line
            found.wrong.append(f"{at:%H:%M:%S.%f}: {broken!r} in: {line}")
            if len(found.wrong) > 20:
                return
    # Places kept for calling back wait for agents, who have gone home: they may stay.
    kept = {
        call_id
        for call_id, call in checker.calls.items()
        if call.ended is None and call.place is not None and call.place.kept
    }
    found.figures["places still kept"] = len(kept)
    checker.calls = {call_id: call for call_id, call in checker.calls.items() if call_id not in kept}
    try:
        checker.at_the_end(restarted=True)
    except AssertionError as broken:
        found.wrong.append(f"in the end: {broken}")


def _left_open(found: Account, events: list[e.Event]) -> None:
    """Legs whose end was never written: only of calls that had ended when the application heard of it no more."""
    legs: dict[str, str] = {}
    closed: set[str] = set()
    for event in events:
        if isinstance(event, e.CallArrived | e.CallPlaced | e.LegStarted) and event.leg_id:
            legs[event.leg_id] = event.call_id
        elif isinstance(event, e.LegEnded):
            closed.add(event.leg_id)
    found.figures["legs"] = len(legs)
    found.figures["legs without a written end"] = len(legs.keys() - closed)


def _recordings(found: Account, events: list[e.Event], data: Path) -> None:
    started = {event.recording_id for event in events if isinstance(event, e.RecordingStarted)}
    errors: Counter[str] = Counter()
    for event in events:
        if not isinstance(event, e.RecordingFinished):
            continue
        started.discard(event.recording_id)
        errors[event.error or "whole"] += 1
        path = data / event.path
        if event.error and not event.sha256:
            continue
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != event.sha256:
            found.wrong.append(
                f"recording {event.path} is not what the journal says ({event.error or 'whole'})"
            )
    found.figures |= {f"recordings: {error}": count for error, count in sorted(errors.items())}
    found.wrong += [f"recording {one} was never closed" for one in sorted(started)]


def _people(found: Account, live: dict[str, Any]) -> None:
    in_call = {str(state) for state in IN_CALL}
    found.wrong += [
        f"agent {agent['number']} is stuck {agent['state']}"
        for agent in live["agents"]
        if agent["state"] in in_call
    ]
    found.wrong += [
        f"call {call['call_id']} still runs: {call['phase']}"
        for call in live["calls"]
        if call["phase"] not in {"wrap_up", "callback"}
    ]


def _logs(found: Account, data: Path) -> None:
    for path in [*data.glob("*.log"), *data.glob("logs/*.log")]:
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("Traceback "):
                found.wrong.append(f"{path.name}: a process ended with an exception")
            if line.startswith("{"):
                entry = json.loads(line)
                if entry.get("event") in FAULTS_OF_OURS:
                    trace = str(entry.get("exception", "")).strip().splitlines()[-1:]
                    found.wrong.append(f"{path.name}: {entry['event']} {trace} {entry.get('input', '')}")
