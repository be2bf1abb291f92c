"""A board on the wall: it turns its pages, hides what is personal, and outlives the server without anybody's help."""

import pytest
from playwright.async_api import expect

from hotline.adapters.sip_caller.phone import SipPhone
from tests.e2e.browsers import Windows, open_windows
from tests.e2e.people import DeskAgent
from tests.e2e.product import Product

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PAGES = [{"kind": kind, "seconds": 5} for kind in ("figures", "agents", "queues", "curve", "alarms")]


@pytest.mark.req("SUP-3")
async def test_a_board_turns_hides_people_and_comes_back_after_a_restart(
    product: Product, tmp_path_factory: pytest.TempPathFactory
) -> None:
    admin = await product.log_in("admin")
    board = await admin.post("/wall-boards", name="大厅", theme="dark", pages=PAGES)
    async with open_windows(product, tmp_path_factory.mktemp("voices")) as windows:
        wall = await windows.staff("2001")
        received: list[str] = []
        wall.page.on(
            "websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(str(frame)))
        )
        agent = await DeskAgent.sign_in(product, "1001")
        phone = SipPhone(product.sip)
        call = phone.call("01084000000", shown="13800138000")
        await call.answered.wait()
        call.audio.press("1")
        (await agent.ringing()).answer()
        await agent.in_state("talking")
        await wall.go(f"/wall/{board['id']}")
        for kind in ("figures", "agents", "queues", "curve", "alarms", "figures"):
            await wall.sees(f'[data-test="wall-{kind}"]', limit_s=30)
            await wall.screenshot(f"wall-{kind}")
            text = await wall.page.locator("body").inner_text()
            assert "13800138000" not in text
            assert "138 0013 8000" not in text
        live = "".join(received)
        assert "1001" in live
        assert "13800138000" not in live, "a wall is not even sent the number"
        call.hang_up()
        await phone.close()
        await agent.close()

        product.kill()
        await wall.sees('[data-test="wall-line-down"]', "断线")
        await wall.screenshot("wall-line-down")
        await product.start()
        await expect(wall.page.locator('[data-test="wall-line-down"]')).to_have_count(0, timeout=60_000)
        await wall.sees('[data-test="wall-agents"]', limit_s=40)
        await wall.sees('[data-test="wall-queues"]', limit_s=40)


@pytest.mark.req("SUP-3")
async def test_a_session_that_ends_is_explained_on_the_wall(site: Product, windows: Windows) -> None:
    admin = await site.log_in("admin")
    board = await admin.post("/wall-boards", name="入口", theme="blue", pages=PAGES[:1])
    wall = await windows.staff("2002")
    await wall.go(f"/wall/{board['id']}")
    await wall.sees('[data-test="wall-figures"]')
    users = (await admin.get("/users", q="2002"))["items"]
    await admin.delete(f"/users/{users[0]['id']}/sessions")
    await wall.sees('[data-test="wall-session-over"]', "登录已结束")
    await wall.sees('[data-test="wall-figures"]')
    await wall.screenshot("wall-session-over")


@pytest.mark.req("SUP-3")
async def test_a_manager_makes_a_board_sees_it_and_removes_it(site: Product, windows: Windows) -> None:
    manager = await windows.staff("4001")
    await manager.go("/wall-boards")
    await manager.press("board-new")
    await manager.page.locator('[data-test="board-name"] input, input[data-test="board-name"]').fill("测试屏")
    await manager.sees('[data-test="board-preview"]', "测试屏")
    await manager.press("page-4")
    await manager.sees('[data-test="board-preview"] [data-test="wall-alarms"]')
    await manager.press("page-0")
    await manager.page.locator('button[data-test="wall-figure-service_level"]').click()
    await manager.sees('[data-test="explanation"]', "口径")
    await manager.screenshot("wall-explained")
    await manager.page.keyboard.press("Escape")
    await expect(manager.page.locator('[data-test="explanation"]')).to_have_count(0)
    await manager.press("board-save")
    await manager.sees('[data-test="board-测试屏"]', "5 页轮播")
    await manager.screenshot("wall-boards")
    await manager.press("board-remove")
    await manager.page.locator(".el-message-box__btns .el-button--primary").click()
    await expect(manager.page.locator('[data-test="board-测试屏"]')).to_have_count(0)
