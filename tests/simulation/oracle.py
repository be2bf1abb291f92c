"""Every figure counted a second time, from the specification: plain Python over the journal, without the product's folds or queries.

Records are dictionaries; a figure is a function of the records that lie in a row. Written from metrics.md.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from hotline.core import events as e

LOCAL = timedelta(hours=8)
QUARTER = timedelta(minutes=15)
Record = dict[str, Any]
INVITED = {
    "consulted": "咨询",
    "member": "会议邀请",
    "monitor": "监听",
    "whisper": "密语",
    "barge": "强插",
    "intercept": "拦截",
}


def ms(start: datetime, end: datetime) -> int:
    """Milliseconds, half up, never negative."""
    return max(0, round((end - start) / timedelta(milliseconds=1)))


class Journal:
    """The journal sorted into records: calls, visits, rings, talks, states, answers, keys, sign-ins, operations, wishes."""

    def __init__(self, told: Iterable[e.Event], now: datetime) -> None:
        self.rows: dict[str, list[Record]] = defaultdict(list)
        self._calls: dict[str, Record] = {}
        self._lines: dict[str, int] = defaultdict(int)
        self._states: dict[str, Record] = {}
        self._teams: dict[str, tuple[str, ...]] = {}
        self._signed_in: dict[str, Record] = {}
        for event in told:
            handler = getattr(self, f"_{type(event).__name__}", None)
            call = self._calls.get(getattr(event, "call_id", ""))
            if handler is not None and (
                call is not None or not isinstance(event, e.CallEvent) or _begins(event)
            ):
                handler(event, call)
            self._operation(event)
        last = now - timedelta(minutes=1)
        border = datetime.fromtimestamp(last.timestamp() // 900 * 900, UTC)
        for state in self._states.values():  # still going on: known up to the last quarter of an hour
            self._add_state(state, border)
        self.rows["call"] = [
            call for call in self._calls.values() if call["end"] is not None and call["start"]
        ]
        for kind in ("visit", "ring", "talk", "answer", "key"):
            ended = [
                row for row in self.rows[kind] if row["call"]["end"] is not None and row.get("done", True)
            ]
            for row in ended:
                row.update({k: row["call"][k] for k in ("hotline", "called", "caller", "type")})
            self.rows[kind] = ended
        self._neighbours()

    # ── calls ──

    def _begin(self, event: Any, **more: Any) -> None:
        self._calls[event.call_id] = {
            "id": event.call_id, "start": event.at, "answered": None, "end": None, "disposition": "", "hotline": event.hotline_id,
            "queue": None, "agent": None, "placed_by": None, "requested": False, "talks": 0, "talk_ms": 0, "invited": False, "recorded": False,
            "message": 0, "chosen": "", "label": "", "node": None, "keys": [], "test": event.test, "at": event.at, **more,
        }  # fmt: skip

    def _CallArrived(self, event: e.CallArrived, _: Any) -> None:
        self._begin(event, direction="inbound", caller=event.ani, called=event.dnis)

    def _CallPlaced(self, event: e.CallPlaced, _: Any) -> None:
        self._begin(
            event,
            direction=str(event.direction),
            caller=event.to,
            called=event.shown_number,
            placed_by=event.agent_id,
        )

    def _CallbackQueued(self, event: e.CallbackQueued, _: Any) -> None:
        self._begin(
            event,
            direction="outbound",
            caller=event.number,
            called=event.shown_number,
            start=None,
            kept=event.queue_id,
        )

    def _CallbackStarted(self, event: e.CallbackStarted, call: Record) -> None:
        if call["start"] is None:
            call["start"] = call["at"] = event.at
            call["placed_by"] = event.agent_id
        call["queue"] = call["kept"]

    def _CallAnswered(self, event: e.CallAnswered, call: Record) -> None:
        call["answered"] = event.at
        if call["direction"] == "outbound":
            for wish in self.rows["wish"]:
                if wish["took"] is None and wish["number"] == call["caller"]:
                    wish.update(
                        took=ms(wish["at"], event.at),
                        done=max(wish["at"], event.at),
                        agent=call["placed_by"],
                    )

    def _CallEnded(self, event: e.CallEnded, call: Record) -> None:
        call["end"], call["disposition"] = event.at, str(event.disposition)
        call["type"] = call["chosen"] or call["label"]
        call["agent"] = call["agent"] or call["placed_by"]
        out = call["direction"] == "outbound" and call["start"] is not None
        call["dial"] = ms(call["start"], call["answered"] or event.at) if out else 0
        if call["disposition"] == "ivr_hangup":
            if call["node"] is not None:
                self._key(call, *call["node"], keys="", label="", accepted=False)
            if call["keys"]:
                call["keys"][-1]["left"] = True
        for key in call["keys"]:
            key["reached"] = call["talks"] > 0
            key["at"] = call["at"]

    def _VariableSet(self, event: e.VariableSet, call: Record) -> None:
        if event.name == "business_type":
            call["chosen"] = event.value

    def _CallClassified(self, event: e.CallClassified, call: Record) -> None:
        call["chosen"] = event.business_type
        if call["end"] is not None:
            call["type"] = event.business_type

    def _NodeEntered(self, event: e.NodeEntered, call: Record) -> None:
        call["node"] = (event.flow_id, event.node_id)

    def _KeysPressed(self, event: e.KeysPressed, call: Record) -> None:
        call["node"] = None
        if event.accepted and event.label:
            call["label"] = event.label
        self._key(call, event.flow_id, event.node_id, event.keys, event.label, event.accepted)

    def _key(self, call: Record, flow: str, node: str, keys: str, label: str, accepted: bool) -> None:
        row = {"call": call, "at": call["at"], "flow": flow, "node": node, "key": keys if len(keys) <= 2 else "…", "pressed": keys != "",
               "label": label, "accepted": accepted, "left": False, "reached": False, "test": call["test"]}  # fmt: skip
        call["keys"].append(row)
        self.rows["key"].append(row)

    def _RecordingStarted(self, event: e.RecordingStarted, call: Record) -> None:
        call["recorded"] = True

    def _VoicemailLeft(self, event: e.VoicemailLeft, call: Record) -> None:
        if call["end"] is None:
            call["message"] = event.duration_ms

    def _SurveyInvited(self, event: e.SurveyInvited, call: Record) -> None:
        call["invited"] = True

    def _SurveyAnswered(self, event: e.SurveyAnswered, call: Record) -> None:
        self.rows["answer"].append(
            {"call": call, "at": call["at"], "question": event.question, "grade": event.grade, "agent": event.agent_id, "queue": event.queue_id,
             "label": event.label, "test": call["test"]}
        )  # fmt: skip

    def _CallbackRequested(self, event: e.CallbackRequested, call: Record) -> None:
        self.rows["wish"].append(
            {
                "at": event.at,
                "number": event.number,
                "hotline": call["hotline"],
                "queue": event.queue_id,
                "took": None,
                "done": None,
                "agent": None,
                "id": call["id"],
                "test": call["test"],
            }
        )

    # ── visits, rings, talks ──

    def _QueueEntered(self, event: e.QueueEntered, call: Record) -> None:
        call["requested"], call["queue"], call["node"] = True, event.queue_id, None
        self._lines[event.queue_id] += 1
        self.rows["visit"].append(
            {"call": call, "id": event.visit_id, "at": event.at, "queue": event.queue_id, "line": self._lines[event.queue_id], "agent": None,
             "picked": None, "done": False, "outcome": "", "cause": None, "test": call["test"]}
        )  # fmt: skip

    def _open(self, kind: str, key: str) -> Record | None:
        return next((row for row in reversed(self.rows[kind]) if row["id"] == key and not row["done"]), None)

    def _QueueLeft(self, event: e.QueueLeft, call: Record) -> None:
        visit = self._open("visit", event.visit_id)
        assert visit is not None
        self._lines[event.queue_id] -= 1
        visit.update(
            done=True,
            outcome=str(event.outcome),
            cause=event.cause and str(event.cause),
            wait=ms(visit["at"], visit["picked"] or event.at),
        )

    def _OfferMade(self, event: e.OfferMade, call: Record) -> None:
        kind = str(event.kind)
        call["requested"] = call["requested"] or kind not in {"duty", "outside"}
        self.rows["ring"].append(
            {"call": call, "id": event.offer_id, "at": event.at, "queue": event.queue_id, "agent": event.agent_id, "kind": kind,
             "visit": event.visit_id, "done": False, "test": call["test"]}
        )  # fmt: skip

    def _OfferEnded(self, event: e.OfferEnded, call: Record) -> None:
        ring = self._open("ring", event.offer_id)
        assert ring is not None
        ring.update(done=True, outcome=str(event.outcome), ring=ms(ring["at"], event.at))
        if ring["outcome"] == "answered" and ring["visit"] and (visit := self._open("visit", ring["visit"])):
            visit.update(agent=ring["agent"], picked=event.at)

    def _TalkStarted(self, event: e.TalkStarted, call: Record) -> None:
        call["talks"] += 1
        call["agent"] = call["agent"] or event.agent_id
        call["queue"] = event.queue_id or call["queue"]
        if event.visit_id and (visit := self._open("visit", event.visit_id)):
            visit.update(agent=event.agent_id, picked=visit["picked"] or event.at)
        self.rows["talk"].append(
            {"call": call, "id": event.talk_id, "at": event.at, "agent": event.agent_id, "queue": event.queue_id, "direction": str(event.direction),
             "held": None, "hold": 0, "wrap": 0, "done": False, "test": call["test"]}
        )  # fmt: skip

    def _HoldStarted(self, event: e.HoldStarted, call: Record) -> None:
        if (talk := self._open("talk", event.talk_id)) and talk["held"] is None:
            talk["held"] = event.at

    def _HoldEnded(self, event: e.HoldEnded, call: Record) -> None:
        if (talk := self._open("talk", event.talk_id)) and talk["held"] is not None:
            talk["hold"] += ms(talk["held"], event.at)
            talk["held"] = None

    def _TalkEnded(self, event: e.TalkEnded, call: Record) -> None:
        talk = self._open("talk", event.talk_id)
        assert talk is not None
        if talk["held"] is not None:
            talk["hold"] += ms(talk["held"], event.at)
        whole = ms(talk["at"], event.at)
        talk.update(done=True, how=str(event.how), whole=whole, hold=min(talk["hold"], whole))
        talk["talk"] = whole - talk["hold"]
        call["talk_ms"] += whole

    def _WrapUpEnded(self, event: e.WrapUpEnded, call: Record) -> None:
        for talk in self.rows["talk"]:
            if talk["id"] == event.talk_id:
                talk["wrap"] = max(0, round(event.seconds * 1000))

    # ── agents ──

    def _AgentSignedIn(self, event: e.AgentSignedIn, _: Any) -> None:
        self._teams[event.agent_id] = event.queues
        at, before = event.at, self._signed_in.get(event.agent_id)
        if before is not None:  # never signed out
            before.update(until=max(before["at"], at), why="system")
            at = max(before["at"], at)
        row = {
            "at": at, "agent": event.agent_id, "until": None, "device": event.device_id, "address": event.address, "why": "", "by": None,
        }  # fmt: skip
        self._signed_in[event.agent_id] = row
        self.rows["sign_in"].append(row)

    def _AgentSignedOut(self, event: e.AgentSignedOut, _: Any) -> None:
        if row := self._signed_in.pop(event.agent_id, None):
            row.update(until=max(row["at"], event.at), why=event.why, by=event.by)

    def _AgentStateChanged(self, event: e.AgentStateChanged, _: Any) -> None:
        before = self._states.get(event.agent_id)
        at = event.at if before is None else max(event.at, before["from"])
        if before is not None:
            self._add_state(before, at)
        self._states[event.agent_id] = {
            "agent": event.agent_id, "from": at, "state": str(event.state), "reason": event.reason, "team": self._teams.get(event.agent_id, ()),
        }  # fmt: skip

    def _add_state(self, state: Record, until: datetime) -> None:
        at, first = state["from"], True
        while at < until:
            cut = min(until, at + QUARTER - timedelta(seconds=at.timestamp() % 900))
            self.rows["state"].append(
                {**state, "at": at, "first": first, "time": round((cut - at) / timedelta(milliseconds=1))}
            )
            at, first = cut, False

    def _operation(self, event: e.Event) -> None:
        act: tuple[str | None, str, tuple[str, str]] | None = None
        by: str | None = None
        match event:
            case e.AgentStateChanged() if str(event.state) in {"busy", "rest"} or event.by is not None:
                act, by = (event.agent_id, "改变状态", (str(event.state), event.reason)), event.by
            case e.HoldStarted():
                act = (event.agent_id, "保持", ("", ""))
            case e.HoldEnded():
                act = (event.agent_id, "取回", ("", ""))
            case e.TalkMuted():
                act = (event.agent_id, "静音" if event.muted else "取消静音", ("", ""))
            case e.CallPlaced():
                act = (event.agent_id, "外呼", ("dialled", event.to))
            case e.TransferMade():
                act = (event.by, "转移", (str(event.kind), event.to))
            case e.ParticipantInvited():
                whom = ("", "") if event.by == event.agent_id else ("whom", event.agent_id or event.number)
                act = (event.by, INVITED[str(event.role)], whom)
            case e.CallClassified():
                act = (event.by, "业务分类", ("type", event.business_type))
            case e.RecordingPaused():
                act = (event.agent_id, "暂停录音" if event.paused else "恢复录音", ("", ""))
            case _:
                pass
        if act is not None and act[0] is not None:
            agent, what, about = act
            call_id = event.call_id if isinstance(event, e.CallEvent) else None
            self.rows["operation"].append(
                {"at": event.at, "agent": agent, "what": what, "about": about, "call_id": call_id, "by": by}
            )

    # ── callers ──

    def _neighbours(self) -> None:
        for call in self.rows["call"]:
            call.update(known=call["caller"].lstrip("+").isdigit(), before=None, matter=[], first=False)
        known = [c for c in self.rows["call"] if c["direction"] == "inbound" and c["known"]]
        for call in known:
            others = [one for one in known if one is not call and one["caller"] == call["caller"]]
            earlier = [one for one in others if one["at"] < call["at"]]
            call["before"] = min((ms(one["at"], call["at"]) for one in earlier), default=None)
            call["matter"] = [
                abs(ms(one["at"], call["at"]) or ms(call["at"], one["at"]))
                for one in others
                if one["type"] == call["type"]
            ]
            call["first"] = not any(
                (one["at"] + LOCAL).date() == (call["at"] + LOCAL).date() for one in earlier
            )


def _begins(event: e.Event) -> bool:
    return isinstance(event, e.CallArrived | e.CallPlaced | e.CallbackQueued)


Value = Fraction | None
Rows = Callable[[str], list[Record]]


def ratio(top: Value | int, bottom: Value | int) -> Value:
    """A ratio; nothing where there is nothing to divide by."""
    return None if top is None or not bottom else Fraction(top) / Fraction(bottom)
