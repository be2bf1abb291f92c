"""The first call, whole, with FreeSWITCH as the engine: the same story, recording, survey and figures as on the embedded one."""

from pathlib import Path

import pytest

from tests.e2e.freeswitch_product import freeswitch_site
from tests.e2e.test_first_call import first_call
from tests.peers.freeswitch import needs_freeswitch

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300), needs_freeswitch]


@pytest.mark.req("TEL-1", "TEL-2", "TEL-8", "ACD-1", "IVR-5", "STA-1", "STA-6", "STA-8", "SUP-1")
async def test_a_citizen_reaches_an_agent_and_everything_is_written_down(tmp_path: Path) -> None:
    async with freeswitch_site(tmp_path) as site:
        await first_call(site.product)
