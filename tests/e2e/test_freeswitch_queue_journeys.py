"""Call-back, duty phone, mobile seat, overflow, forwarding and full trunks with FreeSWITCH as the engine: the embedded engine's tests."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.freeswitch_product import freeswitch_site
from tests.e2e.product import Product
from tests.e2e.test_queue_journeys import (
    ground,
    test_a_caller_keeps_the_place_and_is_called_back_and_recorded,
    test_a_ring_in_vain_returns_the_caller_to_the_head_and_signs_the_agent_out,
)
from tests.e2e.test_queue_journeys_duty import (
    test_a_call_reaches_the_mobile_seat_and_is_held_and_hung_up_from_the_desk,
    test_a_duty_phone_that_rejects_leaves_an_apology,
    test_a_mailbox_at_the_duty_phone_takes_nobody_and_who_gives_up_is_counted,
    test_nobody_signed_in_leads_to_the_duty_phone_which_presses_one,
    test_outside_the_hours_the_duty_phone_rings_and_a_message_is_left_when_it_refuses,
)
from tests.e2e.test_queue_journeys_outside import (
    test_a_full_trunk_gives_way_to_the_next_and_when_all_are_full_the_line_is,
    test_a_transfer_that_the_colleague_does_not_take_goes_outside,
    test_always_forwards_an_internal_call_outside_showing_the_service_number,
)
from tests.e2e.test_queue_journeys_overflow import test_a_waiting_caller_leaves_a_message_by_key
from tests.e2e.verb_floor import OUTSIDE_PORT, floor
from tests.peers.freeswitch import needs_freeswitch

__all__ = [
    "floor",
    "ground",
    "test_a_call_reaches_the_mobile_seat_and_is_held_and_hung_up_from_the_desk",
    "test_a_caller_keeps_the_place_and_is_called_back_and_recorded",
    "test_a_duty_phone_that_rejects_leaves_an_apology",
    "test_a_full_trunk_gives_way_to_the_next_and_when_all_are_full_the_line_is",
    "test_a_mailbox_at_the_duty_phone_takes_nobody_and_who_gives_up_is_counted",
    "test_a_ring_in_vain_returns_the_caller_to_the_head_and_signs_the_agent_out",
    "test_a_transfer_that_the_colleague_does_not_take_goes_outside",
    "test_a_waiting_caller_leaves_a_message_by_key",
    "test_always_forwards_an_internal_call_outside_showing_the_service_number",
    "test_nobody_signed_in_leads_to_the_duty_phone_which_presses_one",
    "test_outside_the_hours_the_duty_phone_rings_and_a_message_is_left_when_it_refuses",
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
