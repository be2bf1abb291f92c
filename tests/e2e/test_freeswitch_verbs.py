"""Every verb of the desk and of the leader with FreeSWITCH as the engine: the embedded engine's tests, with another product under them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.freeswitch_product import freeswitch_site
from tests.e2e.product import Product
from tests.e2e.test_recovery_verbs import (
    test_a_call_transferred_outside_outlives_the_application,
    test_a_conference_outlives_the_application,
    test_a_consultation_outlives_the_application,
    test_a_leader_who_listens_still_does_and_is_heard_by_nobody,
)
from tests.e2e.test_verbs import (
    OUTSIDE_PORT,
    floor,
    test_a_blind_transfer_to_an_agent,
    test_a_cancelled_consultation_takes_the_citizen_back,
    test_a_colleague_picks_up_what_rings_and_only_one_of_two_gets_it,
    test_a_conference_of_four_loses_its_members_one_by_one,
    test_a_consulted_agent_who_hangs_up_leaves_agent_and_citizen_together,
    test_a_leader_listens_whispers_barges_in_and_leaves,
    test_a_leader_releases_a_call,
    test_a_leader_takes_a_talk_over,
    test_a_leader_whose_telephone_dies_while_listening_disturbs_nobody,
    test_a_transfer_that_is_refused_comes_back_to_the_agent,
    test_a_transfer_to_a_number_outside_that_is_busy_or_never_answers_comes_back,
    test_a_transfer_to_a_queue,
    test_a_transfer_to_the_survey,
    test_an_agent_may_not_listen_to_a_colleague,
    test_announcing_the_work_number_reaches_both_and_the_talk_goes_on,
    test_consult_then_transfer_gives_the_citizen_and_the_credit_to_the_second_agent,
    test_consulting_a_number_outside_and_transferring_to_it,
    test_consulting_a_number_that_is_busy_or_refuses_takes_the_citizen_back,
)
from tests.e2e.test_verbs_of_a_talk import (
    test_a_leader_forces_states_and_a_talk_is_not_cut_by_it,
    test_a_transfer_to_the_flow_leads_back_to_the_menu_and_on_to_another_agent,
    test_a_transfer_to_the_leader,
    test_colleagues_call_each_other,
    test_keys_of_the_desk_reach_a_number_outside,
    test_on_hold_the_citizen_hears_neither_agent_nor_silence_and_a_mute_is_one_way,
    test_while_the_recording_is_paused_neither_side_is_on_it,
)
from tests.peers.freeswitch import needs_freeswitch

__all__ = [
    "floor",
    "test_a_blind_transfer_to_an_agent",
    "test_a_call_transferred_outside_outlives_the_application",
    "test_a_cancelled_consultation_takes_the_citizen_back",
    "test_a_colleague_picks_up_what_rings_and_only_one_of_two_gets_it",
    "test_a_conference_of_four_loses_its_members_one_by_one",
    "test_a_conference_outlives_the_application",
    "test_a_consultation_outlives_the_application",
    "test_a_consulted_agent_who_hangs_up_leaves_agent_and_citizen_together",
    "test_a_leader_forces_states_and_a_talk_is_not_cut_by_it",
    "test_a_leader_listens_whispers_barges_in_and_leaves",
    "test_a_leader_releases_a_call",
    "test_a_leader_takes_a_talk_over",
    "test_a_leader_who_listens_still_does_and_is_heard_by_nobody",
    "test_a_leader_whose_telephone_dies_while_listening_disturbs_nobody",
    "test_a_transfer_that_is_refused_comes_back_to_the_agent",
    "test_a_transfer_to_a_number_outside_that_is_busy_or_never_answers_comes_back",
    "test_a_transfer_to_a_queue",
    "test_a_transfer_to_the_flow_leads_back_to_the_menu_and_on_to_another_agent",
    "test_a_transfer_to_the_leader",
    "test_a_transfer_to_the_survey",
    "test_an_agent_may_not_listen_to_a_colleague",
    "test_announcing_the_work_number_reaches_both_and_the_talk_goes_on",
    "test_colleagues_call_each_other",
    "test_consult_then_transfer_gives_the_citizen_and_the_credit_to_the_second_agent",
    "test_consulting_a_number_outside_and_transferring_to_it",
    "test_consulting_a_number_that_is_busy_or_refuses_takes_the_citizen_back",
    "test_keys_of_the_desk_reach_a_number_outside",
    "test_on_hold_the_citizen_hears_neither_agent_nor_silence_and_a_mute_is_one_way",
    "test_while_the_recording_is_paused_neither_side_is_on_it",
]
pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300), needs_freeswitch]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module_product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """A demo site with FreeSWITCH whose trunk leads to a telephone outside."""
    gateway = f"127.0.0.1:{OUTSIDE_PORT}"
    async with freeswitch_site(
        tmp_path_factory.mktemp("freeswitch"), HOTLINE_OUTBOUND_GATEWAY=gateway
    ) as site:
        yield site.product
