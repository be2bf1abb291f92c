"""What each figure is, written again from metrics.md over the oracle's records."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from hotline.core.metrics.variant import Variant
from tests.simulation.oracle import Record, Rows, Value, ratio

BORDERS = (0, 5, 10, 20, 30, 60, 120)
WAITS = ("wait_0_5", "wait_5_10", "wait_10_20", "wait_20_30", "wait_30_60", "wait_60_120", "wait_over_120")
GAVE_UP = {"abandoned_waiting", "abandoned_ringing"}
AT_AGENTS = {"queue", "pick_up", "direct", "callback", "colleague"}
CALLS_IN = {"queue", "pick_up", "direct"}
STAGES = ("ivr_hangup", "queue_abandoned", "ring_abandoned", "duty_abandoned")
HOUR = 3_600_000
DAY = 24 * HOUR


class Cell:
    """The figures of one row of a report: `rows(kind)` are its records, `length` its length in ms, `everything` those of its interval."""

    def __init__(self, rows: Rows, everything: Rows, variant: Variant, length: int, now_ms: int) -> None:
        self._rows, self._everything = rows, everything
        self._v, self._length, self._now = variant, length, now_ms

    def _list(self, table: str, /, **wanted: Any) -> list[Record]:
        return [row for row in self._rows(table) if all(_meets(row.get(k), v) for k, v in wanted.items())]

    def _count(self, table: str, /, **wanted: Any) -> Fraction:
        return Fraction(len(self._list(table, **wanted)))

    def _sum(self, table: str, field: str, /, **wanted: Any) -> Fraction:
        return Fraction(sum(row[field] for row in self._list(table, **wanted)))

    def _most(self, table: str, field: str, /, **wanted: Any) -> Fraction:
        return Fraction(max((row[field] for row in self._list(table, **wanted)), default=0))

    def _in(self, **wanted: Any) -> Fraction:
        return self._count("call", direction="inbound", **wanted)

    def _state(self, *names: str) -> Fraction:
        return self._sum("state", "time", state=set(names))

    def _signed_in(self) -> Fraction:
        return self._sum("state", "time", state=lambda state: state != "offline")

    def _work(self) -> Fraction:
        return sum((self._sum("talk", field) for field in ("talk", "hold", "wrap")), Fraction(0))

    def _unanswered(self) -> Fraction:
        if self._v.unanswered == "request":
            return self._in(requested=True) - self._in(talks=lambda n: n > 0)
        gone = self._in(disposition={"self_served", "closed"})
        return self._in() - self._in(talks=lambda n: n > 0) - gone

    def _stage(self, name: str) -> Fraction:
        wanted: dict[str, Any] = {"requested": True} if self._v.unanswered == "request" else {}
        return self._in(disposition=name, **wanted)

    def _answer_base(self) -> Fraction:
        return self._in() if self._v.answer_base == "trunk" else self._in(requested=True)

    def _level(self) -> Value:
        target = self._v.service_level_s * 1000
        quick = self._count("visit", outcome="answered", wait=lambda w: w <= target)
        left = self._count("visit", outcome=GAVE_UP, wait=lambda w: w <= target)
        all_of_them = self._count("visit")
        match self._v.service_level:
            case "answered":
                return ratio(quick, self._count("visit", outcome="answered"))
            case "offered":
                return ratio(
                    quick, all_of_them - (self._short() if self._v.short_abandons == "exclude" else 0)
                )
            case "ignore_abandons":
                return ratio(quick, all_of_them - left)
            case "credit_abandons":
                return ratio(quick + left, all_of_them)

    def _short(self) -> Fraction:
        return self._count(
            "visit", outcome="abandoned_waiting", wait=lambda w: w < self._v.short_abandon_s * 1000
        )

    def value(self, key: str) -> Value:
        """The figure's value; durations in milliseconds."""
        for family in (self._calls, self._queue, self._agents, self._others):
            found = family(key)
            if found is not None:
                return found()
        for start, make in (
            ("ended_", lambda rest: self._in(disposition=rest)),
            ("survey_grade_", self._grade),
        ):
            if key.startswith(start):
                return make(key.removeprefix(start))
        if key.startswith("state_") and key.endswith("_times"):
            return self._count("state", state=key[6:-6], first=True)
        if key.startswith("state_"):
            return self._state(key[6:])
        for start, outcome in (
            ("answered_wait_", "answered"),
            ("abandoned_wait_", GAVE_UP),
            ("wait_", lambda _: True),
        ):
            if key.startswith(start):
                n = WAITS.index("wait_" + key.removeprefix(start))
                return self._count("visit", outcome=outcome, wait=lambda w, n=n: _stretch(w) == n)
        raise KeyError(key)

    def _grade(self, grade: str) -> Fraction:
        return self._count("answer", question=1, grade=int(grade))

    def _calls(self, key: str) -> Callable[[], Value] | None:
        answered, far = {"talks": lambda n: n > 0}, self._v.matter_days * DAY

        def got():
            return self._in(
                answered=lambda at: at is not None, disposition=lambda d: d not in {"rejected", "system_lost"}
            )

        def day_got():
            return self._in(
                first=True,
                answered=lambda at: at is not None,
                disposition=lambda d: d not in {"rejected", "system_lost"},
            )

        out: dict[str, Any] = {"direction": "outbound"}
        return {
            "trunk_in": self._in,
            "agent_requests": lambda: self._in(requested=True),
            "agent_answered": lambda: self._in(**answered),
            "agent_answer_rate": lambda: ratio(self._in(**answered), self._answer_base()),
            "agent_unanswered": self._unanswered,
            "agent_unanswered_rate": lambda: ratio(self._unanswered(), self._answer_base()),
            **{f"unanswered_{name}": lambda name=name: self._stage(name) for name in STAGES},
            "unanswered_elsewhere": lambda: self._unanswered() - sum(self._stage(name) for name in STAGES),
            "trunk_in_share": lambda: ratio(self._in(), sum(1 for c in self._everything("call") if c["direction"] == "inbound")),
            "inbound_talk": lambda: self._sum("call", "talk_ms", direction="inbound"),
            "inbound_talk_avg": lambda: ratio(self._sum("call", "talk_ms", direction="inbound"), self._in(**answered)),
            "connected": got,
            "connect_rate": lambda: ratio(got(), self._in()),
            "callers": lambda: Fraction(len({c["caller"] for c in self._list("call", direction="inbound", known=True)})),
            "first_call_connect_rate": lambda: ratio(day_got(), self._in(first=True)),
            "repeats": lambda: self._in(before=lambda b: b is not None and b <= self._v.repeat_min * 60_000),
            "repeat_rate": lambda: ratio(self.value("repeats"), self._in(**answered)),
            "first_contact_resolution": lambda: ratio(
                self._in(known=True, matter=lambda m: all(gap > far for gap in m), **answered), self._in(**answered)
            ),
            "voicemails": lambda: self._in(message=lambda m: m > 0),
            "voicemail_time": lambda: self._sum("call", "message", direction="inbound"),
            "voicemail_avg": lambda: ratio(self.value("voicemail_time"), self.value("voicemails")),
            "voicemail_longest": lambda: self._most("call", "message", direction="inbound"),
            "outbound_calls": lambda: self._count("call", **out),
            "outbound_answered": lambda: self._count("call", answered=lambda at: at is not None, **out),
            "outbound_connect_rate": lambda: ratio(self.value("outbound_answered"), self.value("outbound_calls")),
            "outbound_talk": lambda: self._sum("call", "talk_ms", **out),
            "outbound_talk_avg": lambda: ratio(self.value("outbound_talk"), self.value("outbound_answered")),
            "outbound_dial": lambda: self._sum("call", "dial", **out),
            "outbound_dial_avg": lambda: ratio(self.value("outbound_dial"), self.value("outbound_calls")),
            "outbound_effective_use": lambda: ratio(self.value("outbound_talk"), (self.value("outbound_dial") or 0) + (self.value("outbound_talk") or 0)),
            "calls_all": lambda: self._in() + self._count("call", **out),
        }.get(key)  # fmt: skip

    def _queue(self, key: str) -> Callable[[], Value] | None:
        won, lost = {"outcome": "answered"}, {"outcome": GAVE_UP}
        entered = lambda: self._count("visit")  # noqa: E731
        fewer = lambda: self._short() if self._v.short_abandons == "exclude" else Fraction(0)  # noqa: E731
        return {
            "queue_entered": entered,
            "queue_peak": lambda: self._most("visit", "line"),
            "queue_wait": lambda: self._sum("visit", "wait"),
            "queue_wait_avg": lambda: ratio(self._sum("visit", "wait"), entered()),
            "visits_answered": lambda: self._count("visit", **won),
            "visits_answered_wait": lambda: self._sum("visit", "wait", **won),
            "asa": lambda: ratio(self._sum("visit", "wait", **won), self._count("visit", **won)),
            "visits_answered_max": lambda: self._most("visit", "wait", **won),
            "visits_abandoned": lambda: self._count("visit", **lost),
            "visits_abandoned_wait": lambda: self._sum("visit", "wait", **lost),
            "abandon_wait_avg": lambda: ratio(
                self._sum("visit", "wait", **lost), self._count("visit", **lost)
            ),
            "visits_abandoned_max": lambda: self._most("visit", "wait", **lost),
            "overflow": lambda: self._count("visit", outcome="overflowed"),
            "abandon_rate": lambda: ratio(self._count("visit", **lost) - fewer(), entered() - fewer()),
            "service_level": self._level,
            "queue_calls": lambda: entered() + self._count("call", direction="outbound"),
            "queue_answer_rate": lambda: ratio(self._count("visit", **won), entered()),
        }.get(key)

    def _agents(self, key: str) -> Callable[[], Value] | None:
        talks = lambda **w: self._count("talk", **w)  # noqa: E731
        moved = {
            "blind": {"transferred_blind", "transferred_outside"}, "consulted": {"transferred_consulted"}, "queue": {"transferred_queue"},
        }  # fmt: skip
        every = {how for hows in moved.values() for how in hows}
        took = {"kind": CALLS_IN, "outcome": "answered"}
        agents = lambda: len({s["agent"] for s in self._list("state", state=lambda s: s != "offline")})  # noqa: E731
        return {
            "signed_in": self._signed_in,
            "signed_in_avg": lambda: ratio(self._signed_in(), agents()),
            "avg_staff": lambda: ratio(self._signed_in(), self._length),
            "talks": talks,
            "talk_avg": lambda: ratio(self._sum("talk", "whole"), talks()),
            "aht": lambda: ratio(self._work(), talks()),
            "talk_time": lambda: self._sum("talk", "talk"),
            "hold_time": lambda: self._sum("talk", "hold"),
            "wrap_time": lambda: self._sum("talk", "wrap"),
            "handling_time": self._work,
            "talk_longest": lambda: self._most("talk", "whole"),
            "talks_per_hour": lambda: ratio(talks() * HOUR, self._signed_in()),
            "ready_time": lambda: self._state("ready"),
            "rest_time": lambda: self._state("rest"),
            "rest_busy": lambda: self._state("rest", "busy"),
            "occupancy": lambda: ratio(self._work(), self._work() + self._state("ready")),
            "utilisation": lambda: ratio(self._work(), self._signed_in()),
            "talk_work_ratio": lambda: ratio(self._sum("talk", "talk"), self._work()),
            "ring": lambda: self._sum("ring", "ring", kind=AT_AGENTS),
            "offers": lambda: self._count("ring", kind=AT_AGENTS),
            "agent_calls": lambda: (
                self._count("ring", kind=CALLS_IN) + self._count("call", direction="outbound")
            ),
            "agent_offers_in": lambda: self._count("ring", kind=CALLS_IN),
            "agent_answers": lambda: self._count("ring", **took),
            "agent_accept_rate": lambda: ratio(
                self._count("ring", **took), self._count("ring", kind=CALLS_IN)
            ),
            "agent_missed": lambda: self._count("ring", kind=CALLS_IN, outcome="missed"),
            "pick_up_avg": lambda: ratio(self._sum("ring", "ring", **took), self._count("ring", **took)),
            "pick_ups": lambda: self._count("ring", kind="pick_up", outcome="answered"),
            "inbound_talks": lambda: talks(direction="inbound"),
            "outbound_talks": lambda: talks(direction="outbound"),
            "internal_talks": lambda: talks(direction="internal"),
            "agent_inbound_avg": lambda: ratio(
                self._sum("talk", "whole", direction="inbound"), talks(direction="inbound")
            ),
            "transfers": lambda: talks(how=every),
            "transfer_rate": lambda: ratio(talks(how=every), talks()),
            **{f"transfers_{name}": lambda hows=hows: talks(how=hows) for name, hows in moved.items()},
            "sign_ins": lambda: self._count("sign_in"),
            "operations": lambda: self._count("operation"),
        }.get(key)

    def _others(self, key: str) -> Callable[[], Value] | None:
        good = self._v.satisfied_grade
        answers = lambda **w: self._count("answer", question=1, **w)  # noqa: E731
        pressed = lambda **w: self._count("key", pressed=True, **w)  # noqa: E731
        done = {"took": lambda t: t is not None}
        return {
            "survey_invited": lambda: self._count("call", invited=True),
            "survey_answers": answers,
            "survey_participation": lambda: ratio(answers(), self._count("call", invited=True)),
            "survey_satisfied": lambda: answers(grade=lambda g: g <= good),
            "survey_unsatisfied": lambda: answers(grade=lambda g: g > good),
            "satisfaction_rate": lambda: ratio(answers(grade=lambda g: g <= good), answers()),
            "survey_second_answers": lambda: self._count("answer", question=2),
            "survey_second_rate": lambda: ratio(self._count("answer", question=2, grade=lambda g: g <= good), self._count("answer", question=2)),
            "ivr_keys": pressed,
            "ivr_keys_share": lambda: ratio(pressed(), sum(1 for k in self._everything("key") if k["pressed"])),
            "ivr_keys_accepted": lambda: pressed(accepted=True),
            "ivr_keys_refused": lambda: pressed(accepted=False),
            "ivr_left_here": lambda: self._count("key", left=True),
            "ivr_reached_agent": lambda: pressed(reached=True),
            "ivr_reached_rate": lambda: ratio(pressed(reached=True), pressed()),
            "callbacks_due": lambda: self._count("wish"),
            "callbacks_in_time": lambda: self._count("wish", took=lambda t: t is not None and t <= DAY),
            "callbacks_done": lambda: self._count("wish", **done),
            "callbacks_overdue": lambda: Fraction(sum(self._overdue(wish) for wish in self._rows("wish"))),
            "callbacks_open": lambda: self._count("wish", took=lambda t: t is None),
            "callback_rate": lambda: ratio(self.value("callbacks_in_time"), self._count("wish")),
            "callback_time_avg": lambda: ratio(self._sum("wish", "took", **done), self._count("wish", **done)),
        }.get(key)  # fmt: skip

    def _overdue(self, wish: Record) -> bool:
        if wish["took"] is not None:
            return bool(wish["took"] > DAY)
        return int(wish["at"].timestamp() * 1000) < self._now - DAY


def _meets(value: Any, wanted: Any) -> bool:
    if callable(wanted):
        return bool(wanted(value))
    return value in wanted if isinstance(wanted, set) else bool(value == wanted)


def _stretch(wait_ms: int) -> int:
    return max(n for n, border in enumerate(BORDERS) if n == 0 or wait_ms > border * 1000)
