"""`hotline doctor` at a site with FreeSWITCH: nothing to mend when all is well, and the right word for each thing that is wrong."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.e2e.freeswitch_product import freeswitch_site
from tests.e2e.product import Product
from tests.peers.freeswitch import needs_freeswitch

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300), needs_freeswitch]


async def doctor(product: Product, **changes: str) -> tuple[int, str]:
    """Its exit code and what it says, with some settings changed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hotline",
        "doctor",
        env=product.environment | changes,
        cwd=product.data,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


@pytest.mark.req("OPS-3", "TEL-2")
async def test_the_doctor_finds_what_is_wrong_with_a_node_and_nothing_when_all_is_well(
    tmp_path: Path,
) -> None:
    async with freeswitch_site(tmp_path, nodes=2) as site:
        product, (one, other) = site.product, site.nodes
        code, said = await doctor(product)
        assert code == 0, said
        for part in ("需要的模块都已装载", "编码 PCMA", "能向应用查询用户", "能写录音目录", "WebSocket"):
            assert said.count(part) == 2 * (2 if part == "编码 PCMA" else 1), said
        code, said = await doctor(product, HOTLINE_FREESWITCH_PASSWORD="another")
        assert (code, said.count("的口令不对")) == (1, 2), said
        await one.api("sofia profile agents stop")
        other.kill()
        code, said = await doctor(product, HOTLINE_FREESWITCH_WS="127.0.0.1:9")
        assert code == 1
        assert f"{one.esl} 的 SIP 口 agents（话机与浏览器）没有运行" in said, said
        assert f"FreeSWITCH {other.esl} 连接不上" in said, said
        assert "WebSocket 127.0.0.1:9 连接不上" in said, said
