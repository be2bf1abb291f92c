"""A call comes in: refused or answered, led through its flow, and how it ends there."""

import pytest

from hotline.core import events as e
from hotline.core import switching as s
from hotline.core.call import Phase
from hotline.core.events import Disposition
from hotline.core.site import Hours, SpecialDay
from hotline.core.switching import HangUpCause, LegKind
from tests.unit.core_bench import CITY, MENU, Bench, agent, queue, site

DAY = ("2026-03-02",)


def test_an_unknown_number_is_refused_with_404_and_counted() -> None:
    bench = Bench()
    bench.arrive(dnis="999")
    assert bench.sent(s.Reject)[0].sip_status == 404
    assert bench.disposition() is Disposition.REJECTED


@pytest.mark.req("TEL-1")
def test_a_number_on_the_blacklist_is_declined() -> None:
    bench = Bench(site(blacklist=frozenset({"666"})))
    bench.arrive("666")
    assert bench.sent(s.Reject)[0].sip_status == 603


@pytest.mark.req("TEL-1")
def test_more_calls_than_lines_hear_503() -> None:
    bench = Bench(site(max_calls=1))
    bench.arrive()
    bench.arrive()
    assert bench.sent(s.Reject)[0].sip_status == 503
    assert bench.disposition() is Disposition.REJECTED


def test_an_ended_call_makes_room_for_another() -> None:
    bench = Bench(site(max_calls=1))
    bench.down(bench.citizen(bench.call_in()))
    bench.arrive()
    assert bench.sent(s.Answer)


def test_the_same_leg_reported_twice_is_one_call() -> None:
    bench = Bench()
    for _ in range(2):
        bench.tell(s.LegIncoming, leg_id="x", kind=LegKind.TRUNK, ani="1", dnis="01084000000")
    assert len(bench.of(e.CallArrived)) == 1


def test_a_call_whose_answer_is_never_confirmed_ends() -> None:
    bench = Bench()
    bench.arrive()
    bench.fire("step")
    assert bench.disposition() is Disposition.SYSTEM_LOST


@pytest.mark.req("IVR-1")
def test_the_flow_begins_when_the_call_is_answered() -> None:
    bench = Bench(site(MENU))
    bench.call_in()
    assert [n.node_id for n in bench.of(e.NodeEntered)] == ["welcome"]
    assert bench.playing() == ("welcome",)


def test_a_prompt_whose_end_is_never_reported_does_not_hold_the_call() -> None:
    bench = Bench(site(MENU))
    bench.call_in()
    bench.fire("step")
    assert bench.playing() == ("menu",)


def test_a_prompt_that_cannot_be_played_does_not_hold_the_call() -> None:
    bench = Bench(site(MENU))
    call = bench.call_in()
    bench.tell(s.CommandFailed, command="Play", leg_id=bench.citizen(call), code="no_file")
    assert bench.playing() == ("menu",)


def test_a_key_typed_ahead_answers_the_menu_without_playing_it() -> None:
    bench = Bench(site(MENU))
    call = bench.call_in()
    bench.press(call, "1")
    assert [n.node_id for n in bench.of(e.NodeEntered)] == ["welcome", "menu", "q"]
    assert bench.last(e.KeysPressed).label == "advice"


def test_a_key_reported_before_the_answer_is_waits_for_the_menu() -> None:
    bench = Bench(site(MENU))
    call = bench.arrive()
    bench.press(call, "1")
    bench.up(bench.citizen(call))
    assert bench.last(e.KeysPressed).label == "advice"


def test_two_keys_typed_ahead_are_used_one_after_the_other() -> None:
    bench = Bench(site(MENU))
    call = bench.call_in()
    bench.heard(call)
    bench.press(call, "99")
    assert [k.keys for k in bench.of(e.KeysPressed)] == ["9", "9"]


@pytest.mark.req("IVR-1")
def test_a_wrong_key_is_asked_again_and_then_leads_to_failure() -> None:
    bench = Bench(site(MENU))
    call = bench.call_in()
    bench.heard(call)
    bench.press(call, "5")
    assert bench.playing() == ("invalid", "menu")
    assert not bench.last(e.KeysPressed).accepted
    bench.press(call, "5")
    assert bench.last(e.NodeEntered).node_id == "bye"


@pytest.mark.req("IVR-1")
def test_no_key_is_asked_again_after_the_time_out() -> None:
    bench = Bench(site(MENU))
    call = bench.call_in()
    bench.heard(call)
    bench.heard(call)
    heard_at = bench.at
    bench.fire("step")
    assert (bench.at - heard_at).total_seconds() == 6
    assert bench.playing() == ("no_input", "menu")


def test_the_last_words_are_heard_before_the_end() -> None:
    bench = Bench(site(MENU))
    call = bench.call_in()
    bench.press(call, "2")
    bench.heard(call)
    assert bench.playing() == ("goodbye",)
    bench.heard(call)
    assert bench.disposition() is Disposition.SELF_SERVED
    assert bench.last(e.CallEnded).by is e.Party.SYSTEM
    assert bench.sent(s.HangUp)


@pytest.mark.req("IVR-6")
def test_hanging_up_after_the_result_is_self_service() -> None:
    bench = Bench(site(MENU))
    call = bench.call_in()
    bench.press(call, "2")
    bench.heard(call)
    bench.down(bench.citizen(call))
    assert bench.disposition() is Disposition.SELF_SERVED


def test_hanging_up_in_the_menu_is_an_ivr_hang_up() -> None:
    bench = Bench(site(MENU))
    bench.down(bench.citizen(bench.call_in()))
    assert bench.disposition() is Disposition.IVR_HANGUP
    assert bench.last(e.CallEnded).by is e.Party.CITIZEN


def test_an_ended_call_leaves_nothing_behind() -> None:
    bench = Bench(site(MENU))
    bench.down(bench.citizen(bench.call_in()))
    assert not bench.centre.calls
    assert not bench.timers


@pytest.mark.req("IVR-4")
@pytest.mark.parametrize("closed", [True, False])
def test_hours_branch_and_a_closed_line_counts_as_closed(closed: bool) -> None:
    nodes = {
        "h": {"kind": "hours", "open": "q", "closed": "bye"},
        "q": MENU["q"],
        "bye": {"kind": "hangup", "prompts": ["goodbye"]},
    }
    hours = Hours(
        id="h", authority_id=CITY, name="h", week=((),) * 7, override="closed" if closed else "open"
    )  # pyright: ignore[reportArgumentType]
    bench = Bench(site(nodes, hours=hours))
    call = bench.call_in()
    assert bench.playing() == (("goodbye",) if closed else ("transferring",))
    if closed:
        bench.down(bench.citizen(call))
        assert bench.disposition() is Disposition.CLOSED


@pytest.mark.req("IVR-4")
def test_a_holiday_closes_the_line_that_day() -> None:
    nodes = {"h": {"kind": "hours", "open": "q", "closed": "bye"}, "q": MENU["q"], "bye": MENU["bye"]}
    week = ((),) * 7
    hours = Hours(
        id="h", authority_id=CITY, name="h", week=week, special=(SpecialDay(day=DAY[0], periods=()),)
    )  # pyright: ignore[reportArgumentType]
    bench = Bench(site(nodes, hours=hours))
    bench.call_in()
    assert bench.playing() == ("goodbye",)


COLLECT = {
    "ask": {
        "kind": "collect",
        "variable": "id_number",
        "prompts": ["ask_id"],
        "min": 18,
        "max": 18,
        "star_as": "X",
        "secret": True,
        "check": "id_card_valid(id_number)",
        "invalid": ["invalid"],
        "retries": 1,
        "next": "say",
        "on_failure": "q",
    },
    "say": {
        "kind": "say",
        "pieces": [{"prompt": "result"}, {"digits": "right(id_number, 4)"}],
        "next": "bye",
    },
    "bye": MENU["bye"],
    "q": MENU["q"],
}


@pytest.mark.req("IVR-6", "ADM-4")
def test_an_identity_number_is_collected_checked_and_masked() -> None:
    bench = Bench(site(COLLECT))
    call = bench.call_in()
    bench.press(call, "11010519491231002*")
    pressed = bench.last(e.KeysPressed)
    assert (pressed.keys, pressed.accepted) == ("*" * 14 + "002X", True)
    variable = bench.last(e.VariableSet)
    assert (variable.name, variable.value, variable.secret) == ("id_number", "11010519491231002X", True)
    assert bench.playing()[0] == "result"


@pytest.mark.req("IVR-6")
def test_a_wrong_identity_number_is_asked_again_and_then_goes_to_a_person() -> None:
    bench = Bench(site(COLLECT))
    call = bench.call_in()
    bench.press(call, "110105194912310021")
    assert bench.playing() == ("invalid", "ask_id")
    bench.press(call, "1#")
    assert bench.last(e.NodeEntered).node_id == "q"


def test_digits_that_stop_coming_are_examined_after_the_pause() -> None:
    bench = Bench(site(COLLECT))
    call = bench.call_in()
    bench.press(call, "110")
    bench.fire("step")
    assert not bench.last(e.KeysPressed).accepted


@pytest.mark.req("IVR-2")
def test_variables_and_conditions_choose_the_way() -> None:
    nodes = {
        "set": {"kind": "set", "variables": {"vip": "startswith(ani, '139')"}, "next": "c"},
        "c": {"kind": "condition", "cases": [{"when": "vip", "next": "q"}], "otherwise": "bye"},
        "q": MENU["q"],
        "bye": MENU["bye"],
    }
    bench = Bench(site(nodes))
    bench.call_in("13900000000")
    assert bench.playing() == ("transferring",)
    bench.call_in("13800000000")
    assert bench.playing() == ("goodbye",)


@pytest.mark.req("IVR-1")
def test_a_sub_flow_comes_back_to_the_node_after_it() -> None:
    nodes = {"s": {"kind": "subflow", "flow": "sub", "next": "bye"}, "bye": MENU["bye"]}
    sub = {"p": {"kind": "play", "prompts": ["result"], "next": "r"}, "r": {"kind": "return"}}
    bench = Bench(site(nodes, flows={"sub": sub}))
    call = bench.call_in()
    assert bench.call(call).flow_id == "sub"
    bench.heard(call)
    assert (bench.call(call).flow_id, bench.call(call).node_id) == ("main", "bye")


def test_a_flow_in_circles_ends_with_an_apology() -> None:
    nodes = {
        "a": {"kind": "set", "variables": {"x": "1"}, "next": "b"},
        "b": {"kind": "set", "variables": {"x": "2"}, "next": "a"},
    }
    bench = Bench(site(nodes))
    call = bench.call_in()
    assert bench.playing() == ("system_error",)
    assert "circles" in bench.last(e.CallFailed).what
    bench.heard(call)
    assert bench.disposition() is Disposition.SYSTEM_LOST


@pytest.mark.parametrize("node", [{"kind": "nonsense"}, {"kind": "queue", "queue": "gone"}])
def test_a_hotline_whose_flow_is_broken_apologises(node: dict[str, str]) -> None:
    bench = Bench(site({"x": node}))
    bench.call_in()
    assert bench.playing() == ("system_error",)


def test_a_transfer_goes_to_a_queue_by_number() -> None:
    nodes = {"t": {"kind": "transfer", "to": "'77'", "otherwise": "bye"}, "bye": MENU["bye"]}
    bench = Bench(site(nodes, queues=[queue(number="77")]))
    bench.call_in()
    assert bench.last(e.QueueEntered).queue_id == "advice"


@pytest.mark.req("TEL-7")
def test_a_message_is_recorded_until_the_hash_key() -> None:
    bench = Bench(site(MENU))
    call = bench.call_in()
    bench.press(call, "*")
    assert bench.playing() == ("voicemail_instruction", "beep")
    bench.heard(call)
    recording = bench.sent(s.StartRecording)[0]
    assert recording.path == f"recordings/2026/03/02/{call}-voicemail.wav"
    assert bench.call(call).phase is Phase.VOICEMAIL
    bench.at = bench.at.replace(minute=30)
    bench.press(call, "#")
    assert bench.sent(s.StopRecording)
    bench.tell(
        s.RecordingDone,
        recording_id=recording.recording_id,
        leg_id=recording.leg_id,
        path=recording.path,
        size_bytes=1,
        duration_ms=9_000,
        sha256="",
    )
    assert bench.last(e.VoicemailLeft).duration_ms == 9_000
    bench.heard(call)
    assert bench.disposition() is Disposition.VOICEMAIL


@pytest.mark.req("TEL-7")
def test_hanging_up_ends_a_message_and_it_is_kept() -> None:
    bench = Bench(site(MENU))
    call = bench.call_in()
    bench.press(call, "*")
    bench.heard(call)
    recording = bench.sent(s.StartRecording)[0]
    bench.at = bench.at.replace(minute=30)
    bench.down(bench.citizen(call))
    assert bench.disposition() is Disposition.VOICEMAIL
    bench.tell(
        s.RecordingDone,
        recording_id=recording.recording_id,
        leg_id=recording.leg_id,
        path=recording.path,
        size_bytes=1,
        duration_ms=9_000,
        sha256="",
    )
    assert bench.last(e.VoicemailLeft).call_id == call


def test_hanging_up_at_the_beep_is_no_message() -> None:
    bench = Bench(site(MENU))
    call = bench.call_in()
    bench.press(call, "*")
    bench.heard(call)
    bench.down(bench.citizen(call))
    assert bench.disposition() is Disposition.IVR_HANGUP


def test_a_message_has_a_longest_length() -> None:
    bench = Bench(site(MENU))
    call = bench.call_in()
    bench.press(call, "*")
    bench.heard(call)
    began = bench.at
    bench.fire("step")
    assert (bench.at - began).total_seconds() == 120
    assert bench.playing() == ("voicemail_thanks",)


def test_late_and_unknown_news_changes_nothing() -> None:
    bench = Bench(site(MENU, agents=[agent("1001")]))
    call = bench.call_in()
    leg = bench.citizen(call)
    bench.down(leg)
    before = len(bench.events)
    bench.tell(s.LegAnswered, leg_id=leg)
    bench.tell(s.LegHungUp, leg_id=leg, by=s.HangUpBy.REMOTE, cause=HangUpCause.NORMAL)
    bench.tell(s.DigitPressed, leg_id="nobody", digit="1")
    bench.tell(s.PlayDone, leg_id=leg, play_id="p", finished=True)
    bench.tell(s.MediaTimedOut, leg_id=leg, silent_ms=1)
    bench.tell(s.CommandFailed, command="Bridge", leg_id=None, code="x")
    assert len(bench.events) == before
    assert not bench.commands


def test_legs_that_stay_after_the_end_are_hung_up_again_and_then_forgotten() -> None:
    bench = Bench(site(MENU))
    call = bench.call_in()
    bench.press(call, "2")
    bench.heard(call)
    bench.heard(call)
    bench.fire("linger")
    assert bench.sent(s.HangUp)
    bench.fire("linger")
    assert bench.last(e.LegEnded).cause == "unreported"
    assert not bench.centre.calls
