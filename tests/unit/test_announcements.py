"""Announcements of the day: made on their page, heard by callers of their hotlines while they hold, and in nobody's way otherwise (TEL-4)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotline.core.flow_bench import Script, Setting, walk
from hotline.core.ids import FlowId, HotlineId, PromptKey
from hotline.core.site import Announcement
from tests.unit.core_bench import START, site

pytestmark = pytest.mark.req("TEL-4", "IVR-1")

NODES: dict[str, Any] = {
    "news": {"kind": "announcement", "next": "menu"},
    "menu": {"kind": "menu", "prompts": ["menu"], "choices": {"1": {"label": "", "next": "bye"}}, "on_failure": "bye"},
    "bye": {"kind": "hangup", "prompts": ["goodbye"]},
}  # fmt: skip


def one(prompt: str, *, hotline: str = "line", begins: float = -1, ends: float | None = 1) -> Announcement:
    """An announcement that holds from so many hours after the beginning to so many."""
    return Announcement(
        prompt=PromptKey(prompt),
        hotlines=frozenset({HotlineId(hotline)}),
        valid_from=START + timedelta(hours=begins),
        valid_until=None if ends is None else START + timedelta(hours=ends),
    )


def heard(*announcements: Announcement, at: datetime = START, keys: str = "") -> list[str]:
    """What a caller hears first."""
    document = json.dumps({"format": 2, "start": "news", "nodes": NODES})
    setting = Setting(flow_id=FlowId("main"), document=document, at=at, hotline_id=HotlineId("line"))
    script = [Script(kind="digit", key=key) for key in keys]
    seen = walk(site(NODES, announcements=announcements), setting, script)
    return [sound for step in seen.steps for sound in step.prompts]


def test_what_holds_is_heard_in_order_and_the_rest_is_not() -> None:
    coming, over = one("result", begins=2, ends=3), one("ask_id", begins=-3, ends=-2)
    elsewhere = one("ringback", hotline="other")
    assert heard(one("welcome"), one("music", ends=None), coming, over, elsewhere) == ["welcome", "music"]
    assert heard(coming, at=START + timedelta(hours=2)) == ["result"]


def test_without_an_announcement_the_caller_goes_on_at_once() -> None:
    assert heard() == ["menu"]
    assert heard(one("welcome", begins=0, ends=0)) == ["menu"]


def test_a_key_ends_it_and_answers_the_menu() -> None:
    assert heard(one("welcome"), keys="1") == ["welcome", "goodbye"]


def test_it_holds_from_its_first_to_before_its_last_moment() -> None:
    held = one("welcome", begins=0, ends=1)
    line = HotlineId("line")
    assert held.in_force(line, START)
    assert not held.in_force(line, START + timedelta(hours=1))
    assert not held.in_force(None, START)
    assert START.tzinfo is UTC
