"""The desk's and the leader's verbs in real browsers with FreeSWITCH as the engine, and browsers that die there: the embedded engine's tests."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.freeswitch_product import freeswitch_site
from tests.e2e.product import Product
from tests.e2e.test_browser_breaks import (
    test_a_lid_closed_while_it_rings_sends_the_caller_to_the_next_agent,
    test_a_reloaded_desk_comes_back_into_the_running_talk,
)
from tests.e2e.test_control_room import (
    test_a_leader_ends_a_talk_and_changes_states_by_key,
    test_a_leader_listens_whispers_barges_in_and_takes_over_from_the_page,
    test_a_leader_whose_browser_dies_while_listening_disturbs_nobody,
)
from tests.e2e.test_desk_verbs_browser import (
    test_a_busy_agent_picks_up_who_waits,
    test_a_colleague_is_asked_and_gets_the_citizen,
    test_a_refused_transfer_comes_back_and_says_so,
    test_three_talk_one_is_silenced_and_the_lead_passes_on,
)
from tests.peers.freeswitch import needs_freeswitch

__all__ = [
    "test_a_busy_agent_picks_up_who_waits",
    "test_a_colleague_is_asked_and_gets_the_citizen",
    "test_a_leader_ends_a_talk_and_changes_states_by_key",
    "test_a_leader_listens_whispers_barges_in_and_takes_over_from_the_page",
    "test_a_leader_whose_browser_dies_while_listening_disturbs_nobody",
    "test_a_lid_closed_while_it_rings_sends_the_caller_to_the_next_agent",
    "test_a_refused_transfer_comes_back_and_says_so",
    "test_a_reloaded_desk_comes_back_into_the_running_talk",
    "test_three_talk_one_is_silenced_and_the_lead_passes_on",
]
pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300), needs_freeswitch]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module_product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The demo site with FreeSWITCH, for all tests of this module."""
    async with freeswitch_site(tmp_path_factory.mktemp("freeswitch")) as site:
        yield site.product
