"""A small site for tests of the runtime: one hotline whose flow leads straight to a queue, three agents with telephones."""

import json
from dataclasses import replace

from hotline.core.ids import (
    AgentId,
    AuthorityId,
    DeviceId,
    FlowId,
    HotlineId,
    PromptKey,
    QueueId,
    TrunkId,
)
from hotline.core.site import AgentProfile, FlowDocument, Hotline, Membership, Prompt, Queue, Site, Trunk
from hotline.core.switching import DeviceEntry, Provision, TrunkEntry

CITY = AuthorityId("city")
NUMBER = "01084000000"
QUEUE = QueueId("advice")
TRUNK = TrunkId("trunk")
AGENTS = tuple(AgentId(f"agent-{n}") for n in range(1, 4))
PHONES = tuple(DeviceId(f"100{n}") for n in range(1, 4))

_FLOW = {"format": 1, "start": "wait", "nodes": {"wait": {"kind": "queue", "title": "排队", "queue": QUEUE}}}
_PROMPTS = ("music", "queue_waiting", "reconnecting", "apology")


def small_site(**queue: object) -> Site:
    """Return the site; `queue` changes fields of its queue."""
    the_queue = Queue(
        id=QUEUE, authority_id=CITY, name="咨询", number="8001", survey=False, announce_position=False
    )
    return Site(
        authority_id=CITY,
        hotlines=(
            Hotline(
                id=HotlineId("line"),
                authority_id=CITY,
                number=NUMBER,
                name="热线",
                flow_id=FlowId("flow"),
                outbound_trunk_id=TRUNK,
            ),
        ),
        queues=(replace(the_queue, **queue),),  # pyright: ignore[reportArgumentType]
        agents=tuple(
            AgentProfile(
                id=agent,
                authority_id=CITY,
                number=phone,
                name=f"座席{phone}",
                queues=(Membership(queue_id=QUEUE),),
                devices=(phone,),
            )
            for agent, phone in zip(AGENTS, PHONES, strict=True)
        ),
        flows=(
            FlowDocument(
                id=FlowId("flow"), authority_id=CITY, name="流程", version=1, json=json.dumps(_FLOW)
            ),
        ),
        prompts=tuple(
            Prompt(key=PromptKey(key), path=f"prompts/{key}.wav", duration_ms=2_000) for key in _PROMPTS
        ),
        trunks=(Trunk(id=TRUNK, authority_id=CITY, name="中继", max_calls=60),),
    )


PROVISION = Provision(
    realm="hotline",
    devices=tuple(DeviceEntry(device_id=phone, ha1_md5="", ha1_sha256="") for phone in PHONES),
    trunks=(TrunkEntry(trunk_id=TRUNK, peers=("127.0.0.1/32",), gateway="", max_calls=60),),
    browser_secret="secret",
    web_numbers=(NUMBER,),
)


class FixedSite:
    """A `SiteSource` whose picture tests may replace."""

    def __init__(self, site: Site | None = None, provision: Provision = PROVISION) -> None:
        self.site = site or small_site()
        self.provision = provision

    async def load(self) -> tuple[Site, Provision]:
        return self.site, self.provision
