"""The flow designer in the browser: a flow is drawn by mouse and keyboard, tried without a telephone, and published; two people work on it."""

import json
from typing import Any

import pytest

from tests.e2e.browsers import Person, Windows
from tests.e2e.product import Product, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

MANAGER = "4001"
NAME = "节日值守"
CANVAS = '[data-test="flow-canvas"]'


def card(title: str) -> str:
    """The box with this title."""
    return f'.flow-card:has(.title:text-is("{title}"))'


async def choose(person: Person, field: str, option: str) -> None:
    """In a field of the property form, choose by words."""
    place = person.page.locator(f'[data-field="{field}"] .el-select').first
    await place.click()
    await place.locator("input").fill(option)
    await person.page.locator(".el-select-dropdown__item:visible", has_text=option).first.click()


async def add_here(person: Person, kind: str) -> None:
    """In the list of kinds that is open: find one by typing, and take it."""
    await person.sees('[data-test="quick-add"]')
    await person.page.keyboard.type(kind)
    await person.page.keyboard.press("Enter")
    await person.page.locator('[data-test="quick-add"]').wait_for(state="hidden")


async def new_flow(person: Person) -> None:
    """An empty flow, and its designer."""
    await person.go("/flows")
    await person.press("add")
    await person.page.locator('[data-test="new-flow-name"] input, input[data-test="new-flow-name"]').fill(
        NAME
    )
    await person.press("new-flow-go")
    await person.sees(".blank", "还是空的")


async def draw(person: Person) -> None:
    """Welcome by dragging, a menu by keyboard, a queue by a line drawn into the empty, hanging up by keyboard."""
    page = person.page
    await page.drag_and_drop('[data-kind="play"]', CANVAS, target_position={"x": 170, "y": 200})
    await person.sees(card("播音"))
    await choose(person, "prompts", "welcome")
    await page.locator(card("播音")).locator("header").click()
    await page.keyboard.press("Insert")
    await add_here(person, "按键菜单")
    await person.page.locator('[data-test="add-key"]').click()
    await choose(person, "prompts", "menu")
    menu = page.locator(card("按键菜单"))
    exit_point = menu.locator('[data-exit="choices.1.next"] .vue-flow__handle')
    box = await exit_point.bounding_box()
    assert box is not None
    await exit_point.hover()
    await page.mouse.down()
    await page.mouse.move(box["x"] + 20, box["y"] + 170, steps=6)
    await page.mouse.up()
    await add_here(person, "转座席组")
    await choose(person, "queue", "综合服务")
    await menu.locator("header").click()
    for _ in range(3):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await add_here(person, "挂断")
    await menu.locator("header").click()
    await page.keyboard.press("2")
    await add_here(person, "挂断")


async def stored(product: Product) -> dict[str, Any]:
    """The flow as the server has it."""
    manager = await product.log_in(MANAGER)
    (row,) = [flow for flow in (await manager.get("/flows"))["items"] if flow["name"] == NAME]
    return await manager.get(f"/flows/{row['id']}")


@pytest.mark.req("IVR-1", "IVR-7")
async def test_a_flow_is_drawn_tried_and_published(windows: Windows, site: Product) -> None:
    person = await windows.staff(MANAGER)
    await new_flow(person)
    await draw(person)
    await person.sees('[data-test="save-state"][data-state="saved"]')
    nodes = (await stored(site))["draft"]["nodes"]
    assert nodes["play"]["next"] == "menu"
    assert nodes["menu"]["choices"]["1"]["next"] == "queue"
    assert nodes["menu"]["choices"]["2"]["next"] == "hangup_2"
    assert nodes["menu"]["on_failure"] == "hangup"
    await person.page.keyboard.press("Control+z")
    await person.page.locator('.flow-card[data-node="hangup_2"]').wait_for(state="detached")
    await person.page.keyboard.press("Control+y")
    await person.sees('.flow-card[data-node="hangup_2"]')
    await person.press("check")
    await person.sees('[data-test="problems"]', "没有问题")
    await person.screenshot("flow-designer")

    await person.press("tab-test")
    await person.press("trial-start")
    await person.sees('[data-test="trial-waiting"]', "正在播音")
    await person.press("trial-next")
    await person.sees('.flow-card[data-node="menu"][data-tone="here"]')
    await person.press("key-2")
    await person.sees('.flow-card[data-node="hangup_2"] .badge', "3")
    await person.sees('[data-test="trial-ended"]')
    await person.press("trial-back")
    await person.press("key-1")
    await person.sees('[data-test="trial-ended"]', "座席组")
    await person.screenshot("flow-trial")

    await person.press("publish")
    await person.sees('[data-test="difference"]', "首次发布")
    await person.page.locator('[data-test="publish-note"] input, input[data-test="publish-note"]').fill(
        "初版"
    )
    await person.press("publish-go")
    await person.sees(".el-message", "已发布")
    flow = await stored(site)
    assert (flow["published_version"], flow["versions"][0]["note"]) == (1, "初版")
    await two_at_once(person, site, flow)


async def two_at_once(person: Person, site: Product, flow: dict[str, Any]) -> None:
    """Somebody else changes the same draft meanwhile: both changes are there; on the same field one is asked."""
    other = await site.log_in("admin")
    await person.press("tab-properties")
    await person.press("fit")

    async def both(title_of: str, mine: str, theirs: str) -> None:
        now = (await stored(site))["draft"]
        now["nodes"][title_of]["title"] = theirs
        await other.put(f"/flows/{flow['id']}/draft", document=now)
        await person.page.locator('.flow-card[data-node="play"] header').click()
        await person.page.locator('[data-test="node-title"] input, input[data-test="node-title"]').fill(mine)

    await both("menu", "欢迎", "总菜单")
    await person.sees(card("总菜单"))
    await person.sees(card("欢迎"))

    async def saved() -> bool:
        written = json.dumps((await stored(site))["draft"], ensure_ascii=False)
        return "总菜单" in written and "欢迎" in written

    await eventually(saved, "both changes are stored")
    await both("play", "欢迎来电", "您好")
    await person.sees(".el-dialog:visible", "系统管理员 与您改了同一处")
    await person.page.locator(".el-dialog:visible .el-radio", has_text="您好").click()
    await person.screenshot("flow-clash")
    await person.press("clash-done")
    await person.sees(card("您好"))
