"""A bench with everything a queue can say: prompts for waits, keys and confirmations, and a second trunk."""

from dataclasses import replace
from typing import Any

from hotline.core.ids import DeviceId, PromptKey, TrunkId
from hotline.core.site import AgentProfile, Prompt, Site, Trunk
from tests.unit.core_bench import CITY, agent, site

MORE_PROMPTS = (
    "wait_before wait_under_minute wait_long say_minutes queue_callback_offer queue_voicemail_offer callback_number_before "
    "callback_confirm_keys callback_enter_number callback_number_invalid callback_thanks press_one agent_number_before "
    "agent_number_after say_yao say_pause duty_calling sorry"
)


def wide_site(
    *args: Any, duty: str = "", further: tuple[str, ...] = (), max_calls: int = 4, **kwargs: Any
) -> Site:
    """The small site with more prompts, a duty phone and further trunks of one channel each."""
    plain = site(*args, **kwargs)
    hotline = replace(
        plain.hotlines[0], duty_number=duty, further_trunk_ids=tuple(TrunkId(trunk) for trunk in further)
    )
    prompts = tuple(Prompt(key=PromptKey(k), path=k, duration_ms=2_000) for k in MORE_PROMPTS.split())
    trunks = (
        Trunk(id=TrunkId("trunk"), authority_id=CITY, name="trunk", max_calls=max_calls),
        *(Trunk(id=TrunkId(name), authority_id=CITY, name=name, max_calls=1) for name in further),
    )
    return replace(plain, hotlines=(hotline,), prompts=plain.prompts + prompts, trunks=trunks)


def mobile(number: str, own: str = "13900000001", **fields: Any) -> AgentProfile:
    """An agent with a mobile seat."""
    return replace(agent(number), mobile=own, **fields)


def seat(number: str) -> DeviceId:
    """The device of an agent's mobile seat."""
    return DeviceId(f"{number}-mobile")
