"""FreeSWITCH's words and ours: what events mean, how orders are put, what a recording's parts become. No FreeSWITCH is needed."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.adapters.freeswitch import orders, recordings, translate
from hotline.adapters.freeswitch.lanes import Lanes
from hotline.adapters.freeswitch.orders import PARTS, Part
from hotline.adapters.freeswitch.translate import Admission, Ordered
from hotline.core.ids import DeviceId, LegId, RecordingId, TrunkId
from hotline.core.switching import HangUpBy, HangUpCause, LegKind, Originate, ToDevice, ToTrunk, TrunkEntry
from hotline.wire import wav
from hotline.wire.g711 import Law, decode
from tests.peers.switch_desk import NUMBER, directory, trunk

AT = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
LEG = LegId("leg")


# ── Why a leg ended ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("event", "answered", "expected"),
    [
        ({"Hangup-Cause": "NORMAL_CLEARING", "variable_sip_hangup_disposition": "recv_bye"}, True, (HangUpBy.REMOTE, HangUpCause.NORMAL, 0)),
        ({"Hangup-Cause": "MEDIA_TIMEOUT", "variable_sip_hangup_disposition": "send_bye"}, True, (HangUpBy.FAULT, HangUpCause.MEDIA_TIMEOUT, 0)),
        ({"Hangup-Cause": "RECOVERY_ON_TIMER_EXPIRE"}, True, (HangUpBy.FAULT, HangUpCause.SESSION_TIMEOUT, 0)),
        ({"Hangup-Cause": "SYSTEM_SHUTDOWN"}, True, (HangUpBy.FAULT, HangUpCause.ENGINE_FAULT, 0)),
        ({"Hangup-Cause": "USER_BUSY", "variable_sip_invite_failure_status": "486", "variable_sip_hangup_disposition": "recv_refuse"}, False, (HangUpBy.REMOTE, HangUpCause.BUSY, 486)),
        ({"Hangup-Cause": "ORIGINATOR_CANCEL", "variable_sip_term_status": "487", "variable_sip_hangup_disposition": "recv_cancel"}, False, (HangUpBy.REMOTE, HangUpCause.CANCELLED, 487)),
        ({"Hangup-Cause": "NORMAL_TEMPORARY_FAILURE", "variable_sip_invite_failure_status": "503"}, False, (HangUpBy.FAULT, HangUpCause.CONGESTION, 503)),
        ({"Hangup-Cause": "UNALLOCATED_NUMBER", "variable_sip_term_status": "404"}, False, (HangUpBy.REMOTE, HangUpCause.UNREACHABLE, 404)),
        ({"Hangup-Cause": "NO_ANSWER"}, False, (HangUpBy.FAULT, HangUpCause.NO_ANSWER, 408)),
        ({}, False, (HangUpBy.FAULT, HangUpCause.REJECTED, 603)),
        ({}, True, (HangUpBy.LOCAL, HangUpCause.NORMAL, 0)),
    ],
)  # fmt: skip
def test_the_end_of_a_leg_is_said_in_our_words(
    event: dict[str, str], answered: bool, expected: tuple[HangUpBy, HangUpCause, int]
) -> None:
    ended = translate.hung_up(event, LEG, AT, answered=answered, ordered=None)
    assert (ended.by, ended.cause, ended.sip_status) == expected


def test_an_end_that_we_ordered_is_ours_whatever_freeswitch_calls_it() -> None:
    ordered = Ordered(cause=HangUpCause.CANCELLED, sip_status=487, q850=16)
    event = {"Hangup-Cause": "NORMAL_CLEARING", "variable_sip_hangup_disposition": "recv_bye"}
    ended = translate.hung_up(event, LEG, AT, answered=False, ordered=ordered)
    assert (ended.by, ended.cause, ended.sip_status) == (HangUpBy.LOCAL, HangUpCause.CANCELLED, 487)


@given(st.dictionaries(st.sampled_from(["Hangup-Cause", "variable_sip_term_status", "variable_hangup_cause_q850", "variable_rtp_audio_in_packet_count", "variable_rtp_audio_in_jitter_max_variance"]), st.text()))  # fmt: skip
def test_any_event_can_be_read(event: dict[str, str]) -> None:
    for answered in (True, False):
        ended = translate.hung_up(event, LEG, AT, answered=answered, ordered=None)
        assert (ended.leg_id, ended.at) == (LEG, AT)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ("-ERR USER_NOT_REGISTERED\n", HangUpCause.UNREACHABLE),
        ("-ERR NORMAL_CLEARING", HangUpCause.UNREACHABLE),
        ("-ERR USER_BUSY", HangUpCause.BUSY),
        ("-ERR", HangUpCause.UNREACHABLE),
    ],
)
def test_an_originate_that_made_no_channel(answer: str, cause: HangUpCause) -> None:
    assert translate.refused_originate(answer)[0] is cause


# ── Who calls ───────────────────────────────────────────────────────────────────────────────────────────────


def admission(*trunks: TrunkEntry) -> Admission:
    made = Admission()
    made.provision(directory(*trunks))
    return made


def from_trunk(**changes: str) -> dict[str, str]:
    return {
        "Caller-Context": "hotline-trunk",
        "Caller-Destination-Number": NUMBER,
        "variable_sip_received_ip": "127.0.0.1",
        "variable_sip_from_user": "+8613800138000",
    } | {name.replace("__", "-"): value for name, value in changes.items()}


def test_a_call_through_a_trunk_has_its_numbers() -> None:
    caller = admission().caller(from_trunk())
    assert (caller.kind, caller.ani, caller.dnis, caller.trunk_id) == (
        LegKind.TRUNK, "13800138000", NUMBER, TrunkId("demo"),
    )  # fmt: skip
    assert caller.refused == 0


def test_numbers_that_are_not_served_and_strangers_are_refused() -> None:
    assert admission().caller(from_trunk(Caller__Destination__Number="01099999999")).refused == 404
    assert admission().caller(from_trunk(variable_sip_received_ip="192.0.2.1")).refused == 403
    assert admission().caller(from_trunk(variable_sip_received_ip="nonsense")).refused == 403


def test_a_withheld_number_is_withheld() -> None:
    assert admission().caller(from_trunk(variable_sip_Privacy="id;critical")).ani == ""


def test_the_asserted_identity_comes_before_what_the_phone_says() -> None:
    asserted = {"variable_sip_P-Asserted-Identity": '"x" <sip:+861066668888@carrier>'}
    assert admission().caller(from_trunk() | asserted).ani == "01066668888"


@pytest.mark.parametrize(
    ("user", "kind", "refused"),
    [
        ("1001", LegKind.DEVICE, 0),
        ("1999999999:1001-web", LegKind.DEVICE, 0),
        ("guest-a1", LegKind.WEB, 0),
        ("", LegKind.DEVICE, 403),
    ],
)
def test_telephones_and_browsers_call_by_their_log_in(user: str, kind: LegKind, refused: int) -> None:
    event = {
        "Caller-Context": "hotline-agent",
        "Caller-Destination-Number": NUMBER,
        "variable_user_name": user,
    }
    caller = admission().caller(event)
    assert (caller.kind, caller.refused) == (kind, refused)
    assert ":" not in (caller.device_id or "")


def test_a_guest_may_call_only_the_numbers_of_the_web_page() -> None:
    event = {
        "Caller-Context": "hotline-agent",
        "Caller-Destination-Number": "1001",
        "variable_user_name": "guest-a",
    }
    assert admission().caller(event).refused == 403


# ── Orders ──────────────────────────────────────────────────────────────────────────────────────────────────


def call(**changes: object) -> Originate:
    fields: dict[str, object] = {
        "leg_id": LEG,
        "to": ToDevice(device_id=DeviceId("1001")),
        "shown_number": "13800138000",
    }
    return Originate(**(fields | changes))


def test_a_telephone_is_called_by_its_registration() -> None:
    line = orders.originate(call(shown_name="张 三", headers=(("X-Hotline-Call", "c 1"),)), "hotline", None)
    assert line is not None
    assert line.startswith("bgapi originate {origination_uuid=leg,")
    assert "sip_h_X-Hotline-Call='c 1'" in line
    assert line.endswith(r"}sofia/agents/1001%hotline &park() XML default 张\s三 13800138000 30")
    assert len(line) < 250, "FreeSWITCH reads orders byte by byte"


def test_a_trunk_is_called_at_its_gateway_with_its_codecs() -> None:
    to = ToTrunk(trunk_id=TrunkId("demo"), number="01066667777")
    line = orders.originate(call(to=to), "hotline", trunk("10.0.0.1:5060", transport="tcp"))
    assert line is not None
    assert "}sofia/trunks/01066667777@10.0.0.1:5060;transport=tcp &park() XML default " in line
    assert "absolute_codec_string=PCMA\\,PCMU" in line
    assert orders.originate(call(to=to), "hotline", None) is None


@given(st.text(), st.text(), st.text(min_size=1))
def test_nothing_from_outside_becomes_part_of_the_order(number: str, name: str, value: str) -> None:
    command = call(shown_number=number, shown_name=name, headers=(("X-A", value), ("X: B", "c")))
    line = orders.originate(command, "hotline", None)
    assert line is not None
    inside, _, rest = line.removeprefix("bgapi originate {").partition("}")
    target, application, *arguments, shown_name, shown_number, seconds = rest.split(" ")
    assert (target, application, arguments) == ("sofia/agents/1001%hotline", "&park()", ["XML", "default"])
    assert shown_name and shown_number and seconds == "30"
    assert "\n" not in line
    assert inside.count("origination_uuid=") == 1


@pytest.mark.parametrize("number", ["", "1 &system(x)", "1@evil", "1\n", "}x", "a" * 65])
def test_a_number_that_is_none_is_not_called(number: str) -> None:
    to = ToTrunk(trunk_id=TrunkId("demo"), number=number)
    assert orders.originate(call(to=to), "hotline", trunk()) is None


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x.wav", "a/../../x.wav", "a b.wav", "x!y.wav", "", "a\n.wav", "{x}.wav"]
)
def test_only_plain_paths_of_the_data_folder_are_played(path: str) -> None:
    assert not orders.is_sound(path)


def test_a_sequence_is_one_file_and_for_ever_is_a_loop() -> None:
    assert orders.sounds("/d", ("a.wav",), 1) == orders.Sounds("/d/a.wav", 1)
    assert (
        orders.sounds("/d", ("a.wav", "b.wav"), 2).argument
        == "file_string:///d/a.wav!/d/b.wav!/d/a.wav!/d/b.wav"
    )
    assert orders.sounds("/d", ("a.wav",), 0).loops == -1
    assert orders.sounds("/d", ("a.wav", "b.wav"), 100).loops == 100


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=60))
def test_the_name_of_a_part_tells_everything(recording: str, leg: str, path: str) -> None:
    part = Part(RecordingId(recording), LegId(leg), path)
    assert orders.part_of(f"/somewhere/{part.name}") == part
    assert "/" not in part.name


@given(st.text(max_size=60))
def test_other_files_are_none_of_ours(name: str) -> None:
    found = orders.part_of(name)
    assert found is None or name.endswith(found.name)


# ── Recordings ──────────────────────────────────────────────────────────────────────────────────────────────

PART = Part(RecordingId("r"), LEG, "recordings/r.wav")


def part_file(data: Path, seconds: int, marks: str | None) -> None:
    folder = data / PARTS
    folder.mkdir(parents=True)
    stereo = b"\x00\x10\x00\x20" * (8000 * seconds)
    (folder / PART.name).write_bytes(wav.pcm_file(stereo, channels=2))
    if marks is not None:
        (folder / PART.name).with_suffix(".marks").write_text(marks)


def right(data: Path, path: str) -> list[bool]:
    """For each tenth of a second: whether anything is on the right."""
    read = wav.parse((data / path).read_bytes())
    assert (read.tag, read.channels) == (wav.A_LAW, 2)
    left = decode(Law.ALAW, wav.channel(read, 0).data)
    assert {left[at : at + 2] for at in range(0, len(left), 2)} != {b"\0\0"}
    data_right = wav.channel(read, 1).data
    return [data_right[at : at + 800] != Law.ALAW.silence * 800 for at in range(0, len(data_right), 800)]


def test_only_people_are_on_the_right(tmp_path: Path) -> None:
    part_file(tmp_path, 3, "1000000 start\n1000000 off\n1500000 on\n2500000 off\n3000000 on\n")
    closed = recordings.finish_part(tmp_path, PART)
    assert (closed.path, closed.error, closed.duration_ms) == ("recordings/r.wav", "", 3000)
    heard = right(tmp_path, closed.path)
    assert heard == [False] * 5 + [True] * 10 + [False] * 5 + [True] * 10
    assert not list((tmp_path / PARTS).iterdir()), "the part is gone"


def test_without_marks_all_is_kept_and_without_a_part_there_is_an_empty_file(tmp_path: Path) -> None:
    part_file(tmp_path, 1, None)
    assert all(right(tmp_path, recordings.finish_part(tmp_path, PART).path))
    again = recordings.finish_part(tmp_path, PART)
    assert (again.path, again.duration_ms, again.size_bytes) == ("recordings/r-2.wav", 0, wav.HEADER_SIZE)


def test_a_part_whose_writer_was_killed_is_read_to_its_end(tmp_path: Path) -> None:
    part_file(tmp_path, 2, None)
    file = tmp_path / PARTS / PART.name
    data = bytearray(file.read_bytes())
    data[40:44] = bytes(4)  # the size of the audio was never put right
    file.write_bytes(data[:-3])
    assert recordings.finish_part(tmp_path, PART).duration_ms in {1999, 2000}


def test_a_folder_that_cannot_be_written_is_an_error_and_keeps_the_part(tmp_path: Path) -> None:
    part_file(tmp_path, 1, None)
    (tmp_path / "recordings" / "r.wav").mkdir()  # never on top of anything
    blocked = Part(RecordingId("r"), LEG, "blocked/r.wav")
    (tmp_path / PARTS / PART.name).rename(tmp_path / PARTS / blocked.name)
    (tmp_path / "blocked").write_text("a file where a folder should be")
    assert recordings.finish_part(tmp_path, blocked).error == "write_failed"
    assert (tmp_path / PARTS / blocked.name).exists()


# ── The order of work ───────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True), max_size=12))
def test_work_on_a_leg_runs_one_after_another_in_the_order_given(posted: list[list[str]]) -> None:
    async def run() -> list[tuple[int, str]]:
        lanes = Lanes()
        log: list[tuple[int, str]] = []

        def work(number: int) -> object:
            async def do() -> None:
                log.append((number, "begin"))
                for _ in range(number % 3):
                    await asyncio.sleep(0)
                log.append((number, "end"))
                if number % 5 == 4:
                    raise ValueError("a fault in one piece of work")

            return do

        for number, legs in enumerate(posted):
            lanes.post([LegId(leg) for leg in legs], work(number), "work")
        while not all(lanes.idle(LegId(leg)) for leg in "abcd"):
            await asyncio.sleep(0)
        return log

    log = asyncio.run(run())
    assert len(log) == 2 * len(posted)
    for leg in "abcd":
        of_leg = [(number, what) for number, what in log if leg in posted[number]]
        wanted = [(n, what) for n, legs in enumerate(posted) if leg in legs for what in ("begin", "end")]
        assert of_leg == wanted
