"""Prompts and keys on legs of the media plane, over real RTP on loopback."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hotline.core.ids import LegId
from hotline.core.switching import Bridge, CommandFailed, DigitPressed, PlayDone, SendDigits, StopPlay
from hotline.wire.g711 import Law
from tests.integration.media_desk import DOWN, HIGH, LIKE, UNLIKE, UP, Desk, heard, say, settle

A, B = LegId("a"), LegId("b")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    await desk.close()


# ── Prompts ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_sounds_are_played_one_after_another_and_reported_once(desk: Desk) -> None:
    phone = await desk.phone(A, Law.ULAW)
    desk.play(A, "p", desk.sound("one.wav", UP), desk.sound("two.wav", DOWN))
    desk.play(A, "p", "one.wav")
    done = await desk.events.wait(PlayDone)
    desk.play(A, "p", "one.wav")  # a repeated order, late
    await settle()
    assert (done.play_id, done.finished) == ("p", True)
    assert heard(phone, UP + DOWN) > LIKE
    assert len(desk.events.of(PlayDone)) == 1


async def test_a_prompt_may_sound_before_the_answer(desk: Desk) -> None:
    phone = await desk.phone(A, answered=False)
    await settle()
    assert not phone.heard
    desk.play(A, "p", desk.sound("one.wav", UP), repeat=2)
    assert (await desk.events.wait(PlayDone)).finished
    desk.legs[A].answered()
    await settle()
    assert heard(phone, UP + UP) > LIKE


async def test_a_play_ends_unfinished_when_replaced_stopped_or_cut_by_a_key(desk: Desk) -> None:
    phone = await desk.phone(A)
    long = desk.sound("long.wav", UP)
    desk.play(A, "first", long, repeat=0)
    desk.play(A, "second", long, repeat=0, stop_on_digit=True)
    await settle()
    phone.press("5")
    await desk.events.wait(PlayDone, lambda e: e.play_id == "second")
    desk.play(A, "third", long, repeat=0)
    desk.do(StopPlay(leg_id=A), StopPlay(leg_id=A))
    desk.play(A, "fourth", long, repeat=0)
    await desk.legs[A].close()
    assert [(e.play_id, e.finished) for e in desk.events.of(PlayDone)] == [
        ("first", False), ("second", False), ("third", False), ("fourth", False),
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["missing.wav", "../outside.wav", "text.wav", "/etc/hostname"])
async def test_a_sound_that_cannot_be_had_is_said_so_and_the_play_ends(desk: Desk, path: str) -> None:
    await desk.phone(A)
    (desk.data / "text.wav").write_text("no sound")
    desk.play(A, "p", path)
    done = await desk.events.wait(PlayDone)
    assert not done.finished
    assert [f.code for f in desk.events.of(CommandFailed)] == ["no_file"]


async def test_a_prompt_replaces_the_peer_for_the_one_who_hears_it(desk: Desk) -> None:
    one, two = await desk.phone(A), await desk.phone(B)
    desk.do(Bridge(leg_id=A, peer_id=B))
    desk.play(A, "p", desk.sound("one.wav", HIGH + HIGH))
    await settle()
    await say((one, UP), (two, DOWN))
    assert heard(one, DOWN) < UNLIKE
    assert heard(two, UP) > LIKE
    await desk.events.wait(PlayDone)
    await settle()
    await say((two, DOWN))
    one.heard.clear()
    await say((one, b""), (two, DOWN))
    assert heard(one, DOWN) > LIKE


async def test_a_prompt_that_was_replaced_on_disk_is_heard_in_its_new_form(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.adapters.embedded.player._FRESH_S", -1.0)
    phone = await desk.phone(A)
    desk.play(A, "old", desk.sound("x.wav", UP))
    await desk.events.wait(PlayDone)
    desk.sound("x.wav", DOWN)
    desk.play(A, "notices", "x.wav")
    await desk.events.wait(PlayDone, lambda e: e.play_id == "notices")
    phone.heard.clear()
    desk.play(A, "new", "x.wav")
    await desk.events.wait(PlayDone, lambda e: e.play_id == "new")
    await settle()
    assert heard(phone, DOWN) > LIKE


# ── Keys ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_burst_of_keys_is_reported_and_passed_to_the_peer_under_its_own_number(desk: Desk) -> None:
    one, two = await desk.phone(A), await desk.phone(B, key_type=97)
    desk.do(Bridge(leg_id=A, peer_id=B))
    await settle()
    one.press("12334*")
    await desk.events.wait(DigitPressed, count=6)
    await settle(12)
    assert "".join(e.digit for e in desk.events.of(DigitPressed)) == "12334*"
    assert two.keys() == "12334*"


async def test_keys_are_sent_and_info_keys_reach_the_peer(desk: Desk) -> None:
    one, two = await desk.phone(A), await desk.phone(B)
    desk.do(SendDigits(leg_id=A, digits="77#"), Bridge(leg_id=A, peer_id=B))
    desk.legs[A].digit("5")
    assert [(e.leg_id, e.digit) for e in desk.events.of(DigitPressed)] == [(A, "5")]
    await settle(35)
    assert one.keys() == "77#"
    assert two.keys() == "5"


async def test_keys_survive_a_fifth_of_packets_lost(desk: Desk) -> None:
    phone = await desk.phone(A)
    phone.lose = 0.2
    phone.press("1234567890")
    await desk.events.wait(DigitPressed, lambda e: e.digit == "0")
    assert "".join(e.digit for e in desk.events.of(DigitPressed)) == "1234567890"
