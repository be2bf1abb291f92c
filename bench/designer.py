"""The flow designer with a large flow: how soon 300 nodes can be seen, and how many frames a second dragging gets.

A flow of 300 nodes in a tree of menus is made through the interface and opened in Chromium (headless, no graphics card: frames are
drawn by the processor that also runs the product). Opening is measured inside the page, from the click in the list of flows to the
second frame after the first box is there; frames by `requestAnimationFrame` while the mouse drags a box for two seconds, once at
reading size and once with the whole flow in sight.

    python -m bench.designer --nodes 300
"""

import argparse
import asyncio
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from playwright.async_api import Page, async_playwright

from tests.e2e.browsers import CHROMIUM, SIZE
from tests.e2e.product import PASSWORD, Product

KEYS = "12340"
ROUNDS = 5
DRAG_STEPS, DRAG_STEP_S = 120, 1 / 60

OPENED = """
() => new Promise(done => {
  const link = [...document.querySelectorAll('a')].find(one => one.textContent.trim() === '大流程')
  const began = performance.now()
  link.click()
  const look = () => document.querySelector('.flow-card')
    ? requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)))
    : setTimeout(look, 4)
  look()
})
"""
FRAMES = """
() => {
  window.frames_ = []; let last = performance.now()
  const tick = now => { window.frames_.push(now - last); last = now; window.ticking = requestAnimationFrame(tick) }
  window.ticking = requestAnimationFrame(tick)
}
"""
FRAMES_END = "() => { cancelAnimationFrame(window.ticking); return window.frames_.slice(2) }"


def large_flow(count: int) -> dict[str, Any]:
    """A tree of menus with five keys each; leaves are prompts that lead back to their menu, and queues."""
    nodes: dict[str, dict[str, Any]] = {}
    waiting = ["n0"]
    made = 1
    while waiting:
        name = waiting.pop(0)
        place = int(name[1:])
        if made + len(KEYS) <= count and place % 4 != 3:
            children = [f"n{made + step}" for step in range(len(KEYS))]
            made += len(KEYS)
            waiting += children
            choices = {
                key: {"label": f"业务{child[1:]}", "next": child}
                for key, child in zip(KEYS, children, strict=True)
            }
            nodes[name] = {
                "kind": "menu",
                "title": f"第{place}级菜单",
                "prompts": ["menu"],
                "choices": choices,
                "on_failure": "n0",
            }
        elif place % 2:
            nodes[name] = {"kind": "queue", "title": f"座席组{place}", "queue": "operator"}
        else:
            nodes[name] = {"kind": "play", "title": f"说明{place}", "prompts": ["welcome"], "next": "n0"}
    return {"format": 2, "start": "n0", "nodes": nodes}


async def open_times(page: Page, base: str) -> list[float]:
    """Milliseconds from the click in the list to the flow on the screen, time after time; the first is with cold code."""
    times: list[float] = []
    for _ in range(ROUNDS):
        await page.goto(f"{base}/flows")
        await page.get_by_role("link", name="大流程").wait_for()
        times.append(await page.evaluate(OPENED))
    return times


async def drag_frames(page: Page) -> list[float]:
    """Milliseconds between frames while a box is dragged to and fro."""
    boxes = page.locator(".flow-card header")
    place = await boxes.last.bounding_box()
    assert place is not None
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.evaluate(FRAMES)
    for step in range(DRAG_STEPS):
        await page.mouse.move(x + (step % 40) * 3, y + (step % 30) * 3)
        await asyncio.sleep(DRAG_STEP_S)
    frames: list[float] = await page.evaluate(FRAMES_END)
    await page.mouse.up()
    return frames


def row(what: str, frames: list[float]) -> str:
    """A line of the table."""
    ordered = sorted(frames)
    late = sum(1 for frame in frames if frame > 25)
    return (
        f"| {what} | {1000 * len(frames) / sum(frames):.0f} | {median(ordered):.1f} | "
        f"{ordered[int(len(ordered) * 0.95)]:.1f} | {ordered[-1]:.0f} | {late} of {len(frames)} |"
    )


async def measure(count: int) -> None:
    """Start the product, make the flow, open it, drag."""
    with tempfile.TemporaryDirectory() as folder:
        product = Product(Path(folder) / "data")
        await product.start()
        try:
            manager = await product.log_in("4001")
            document = large_flow(count)
            await manager.post("/flows", name="大流程", document=document)
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                page = await (await browser.new_context(viewport=SIZE, locale="zh-CN")).new_page()
                await page.goto(f"{product.base}/login")
                await page.locator("#username").fill("4001")
                await page.locator("#password").fill(PASSWORD)
                await page.locator("#password").press("Enter")
                await page.wait_for_url(lambda url: "/login" not in url)
                opened = await open_times(page, product.base)
                await asyncio.sleep(2)
                reading = await drag_frames(page)
                await page.locator('[data-test="fit"]').click()
                await asyncio.sleep(1)
                shown = await page.locator(".flow-card").count()
                whole = await drag_frames(page)
                await browser.close()
        finally:
            await product.stop()
    lines = sum(
        len(node.get("choices", ())) + ("next" in node) + ("on_failure" in node)
        for node in document["nodes"].values()
    )
    print(f"{len(document['nodes'])} nodes, {lines} lines; {SIZE['width']}×{SIZE['height']}\n")
    print("Opened from the list, until drawn (ms):", ", ".join(f"{time:.0f}" for time in opened), "\n")
    print(
        "| dragging a box | frames/s | frame p50 ms | p95 | max | frames later than 25 ms |\n|---|---|---|---|---|---|"
    )
    print(row("at reading size", reading))
    print(row(f"whole flow in sight ({shown} boxes)", whole))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=300)
    asyncio.run(measure(parser.parse_args().nodes))
