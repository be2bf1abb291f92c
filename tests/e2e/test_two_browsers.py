"""Two browsers and no telephone: a citizen's window and an agent's desk; talk, hold, mute, survey, record, figures."""

import io
import re
from typing import Any

import pytest
from pypdf import PdfReader

from hotline.shipped_prompts import FOLDER
from hotline.wire import g711, wav
from tests.e2e.browsers import HEARD_PIECES, NOT_HEARD_PIECES, Person, Windows, likeness_in_pieces
from tests.e2e.product import Product, eventually

PAPER_PX = 1047
"""277 mm, what A4 across has between its margins."""
pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.mark.req("TEL-3", "TEL-8", "ACD-1", "SUP-1", "STA-0")
async def test_a_citizen_and_an_agent_talk_from_browser_to_browser(site: Product, windows: Windows) -> None:
    agent = await windows.staff("1001", "agent_04")
    await agent.sign_in()
    await agent.screenshot("desk-ready")
    citizen = await windows.citizen("citizen_04")
    await citizen.call_the_hotline()
    await citizen.screenshot("call-menu")
    await citizen.press("key-1")
    await agent.in_state("ringing")
    await agent.sees('[data-test="call-card"] .path', "不动产登记")
    await agent.sees('[data-test="call-card"] .number', "网页来电")
    await agent.screenshot("desk-ringing")
    await agent.press("card-answer")
    await agent.in_state("talking")
    await agent.hears(citizen.voice, "the agent hears the citizen")
    await citizen.hears(agent.voice, "the citizen hears the agent")
    assert likeness_in_pieces(citizen.voice, await citizen.heard()) < NOT_HEARD_PIECES, "no echo"
    await agent.screenshot("desk-talking")
    await _hold_and_mute(agent, citizen)
    await agent.press("hangup")
    await agent.in_state("after_call")
    await agent.screenshot("desk-after-call")
    await citizen.hears(prompt("survey_ask"), "the survey's question")
    await citizen.press("key-1")
    await citizen.sees('[data-phase="ended"]', "通话已结束")
    await agent.press("finish")
    await agent.in_state("ready")
    detail = await last_call(site)
    assert (detail["disposition"], detail["survey_label"]) == ("agent_answered", "满意")
    await _check_recording(site, detail["id"], citizen, agent)
    await _look_at_the_pages(await windows.staff("2001"), detail["id"])


async def _hold_and_mute(agent: Person, citizen: Person) -> None:
    await agent.press("hold")
    await agent.in_state("holding")
    await citizen.hears(prompt("music")[: 8000 * 20], "the music on hold")
    await agent.press("hold")
    await agent.in_state("talking")
    await agent.press("mute")
    await agent.sees('[data-test="call-card"]', "已静音")
    await citizen.forget_heard()
    await agent.hears(citizen.voice, "a muted agent still hears")
    assert likeness_in_pieces(agent.voice, await citizen.heard()) < NOT_HEARD_PIECES, (
        "a muted agent is not heard"
    )
    await agent.press("mute")
    await citizen.hears(agent.voice, "the agent again")


def prompt(key: str) -> bytes:
    """A shipped prompt as A-law."""
    return wav.to_alaw(wav.parse((FOLDER / f"{key}.wav").read_bytes()))


async def last_call(site: Product) -> dict[str, Any]:
    leader = await site.log_in("2001")

    async def ended() -> dict[str, Any] | None:
        detail = await leader.get(f"/calls/{(await leader.get('/calls'))['items'][0]['id']}")
        whole = detail["ended_at"] and all(recording["ready"] for recording in detail["recordings"])
        return detail if whole else None

    return await eventually(ended, "the call's end and its recording")


async def _check_recording(site: Product, call_id: str, citizen: Person, agent: Person) -> None:
    """Citizen left, agent right."""
    audio = wav.parse((await (await site.log_in("3001")).raw(f"/calls/{call_id}/recording")).content)
    left, right = (g711.decode(g711.Law.ALAW, audio.data[side::2]) for side in (0, 1))
    assert likeness_in_pieces(citizen.voice, left) > HEARD_PIECES
    assert likeness_in_pieces(agent.voice, right) > HEARD_PIECES
    assert likeness_in_pieces(citizen.voice, right) < NOT_HEARD_PIECES
    assert likeness_in_pieces(agent.voice, left) < NOT_HEARD_PIECES


async def _look_at_the_pages(leader: Person, call_id: str) -> None:
    """The leader finds the agent live, the call in the list, its player, and the figures."""
    await leader.go("/live")
    await leader.sees('[data-test="agent-1001"][data-state="ready"]')
    await leader.screenshot("live")
    await leader.go("/calls")
    await leader.sees('tr:has-text("1001")', "满意")
    await leader.screenshot("calls")
    await leader.go(f"/calls/{call_id}")
    await leader.sees('[data-test="player"]')
    await leader.press("play")
    playing = "() => { const a = document.querySelector('audio'); return a && a.currentTime > 0.5 }"
    await leader.page.wait_for_function(playing)
    await leader.screenshot("call-detail")
    for report in ("summary", "inbound_tracking", "waiting"):
        await leader.go(f"/reports/{report}")
        await leader.sees('[data-test="report-table"]', re.compile("合计.*[1-9]"))
        await leader.screenshot(f"report-{report}")
    await _put_on_paper(leader)


async def _put_on_paper(leader: Person) -> None:
    """The page lies across A4, and the picture is on it whole."""
    sheet = PdfReader(io.BytesIO(await leader.page.pdf(prefer_css_page_size=True))).pages[0].mediabox
    assert (round(sheet.width), round(sheet.height)) == (842, 595)
    await leader.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    picture = await leader.page.locator("[role=img]").first.bounding_box()
    assert picture is not None
    assert picture["width"] <= PAPER_PX
    await leader.page.evaluate("window.dispatchEvent(new Event('afterprint'))")


@pytest.mark.parametrize(
    "page", ["start", "hotlines", "queues", "flows", "prompts", "hours", "trunks", "users", "audit"]
)
async def test_the_administrator_finds_every_page(windows: Windows, page: str) -> None:
    admin = await windows.staff("admin")
    wrong: list[str] = []
    admin.page.on("pageerror", lambda error: wrong.append(str(error)))
    admin.page.on("response", lambda answer: wrong.append(answer.url) if answer.status >= 400 else None)
    await admin.go(f"/{page}")
    await admin.page.wait_for_load_state("networkidle")
    await admin.sees("h1")
    await admin.screenshot(f"page-{page}")
    assert wrong == []
