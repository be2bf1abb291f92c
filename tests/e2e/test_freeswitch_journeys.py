"""Journeys of the embedded engine's tests once more with FreeSWITCH as the engine: browsers, baresip and sipp, unchanged.

The tests are imported; only the product under them is another one.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.freeswitch_product import freeswitch_site
from tests.e2e.product import Product
from tests.e2e.test_flow_journeys import (
    speech_settings,
    test_a_caller_asks_aloud_hears_the_article_and_says_that_it_helped,
)
from tests.e2e.test_sip_peers import (
    agent,
    test_a_call_of_sipp_that_hangs_up_in_any_phase_is_counted_there,
    test_baresip_as_desk_phone_takes_a_call_of_the_queue,
)
from tests.e2e.test_two_browsers import test_a_citizen_and_an_agent_talk_from_browser_to_browser
from tests.peers.freeswitch import needs_freeswitch

__all__ = [
    "agent",
    "test_a_call_of_sipp_that_hangs_up_in_any_phase_is_counted_there",
    "test_a_caller_asks_aloud_hears_the_article_and_says_that_it_helped",
    "test_a_citizen_and_an_agent_talk_from_browser_to_browser",
    "test_baresip_as_desk_phone_takes_a_call_of_the_queue",
]
pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300), needs_freeswitch]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module_product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The demo site with FreeSWITCH, for all tests of this module."""
    folder = tmp_path_factory.mktemp("freeswitch")
    async with freeswitch_site(folder, **speech_settings(folder)) as site:
        yield site.product
