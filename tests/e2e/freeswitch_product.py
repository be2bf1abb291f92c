"""The running product with FreeSWITCH as its engine: the same demo site, with real nodes beside it instead of the voice process."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.product import Product
from tests.peers.freeswitch import PASSWORD, FreeSwitchNode
from tests.ports import free_block, free_port


@dataclass(slots=True)
class FreeSwitchSite:
    """A product and the nodes that it commands."""

    product: Product
    nodes: list[FreeSwitchNode]


@asynccontextmanager
async def freeswitch_site(
    folder: Path,
    *,
    nodes: int = 1,
    esl: str = "",
    esl_port: int = 0,
    node_settings: dict[str, str] | None = None,
    **settings: str,
) -> AsyncIterator[FreeSwitchSite]:
    """The demo site on so many nodes; callers and telephones use the first unless a test says otherwise.

    `esl` is where the application finds the event socket, when that is not the node itself, which then listens at `esl_port`.
    """
    directory = f"127.0.0.1:{free_port()}"
    made = [
        FreeSwitchNode(
            folder / f"node-{number + 1}",
            name=f"node-{number + 1}",
            directory=directory,
            settings=node_settings or {},
            rtp=free_block(300),
        )
        for number in range(nodes)
    ]
    product = Product(
        folder / "data",
        sip_port=made[0].trunk_port,
        phone_port=made[0].agent_port,
        settings={
            "HOTLINE_ENGINE": "freeswitch",
            "HOTLINE_FREESWITCH": esl or ",".join(node.esl for node in made),
            "HOTLINE_FREESWITCH_PASSWORD": PASSWORD,
            "HOTLINE_FREESWITCH_WS": ",".join(f"127.0.0.1:{node.ws_port}" for node in made),
            "HOTLINE_FREESWITCH_PHONES": f"127.0.0.1:{made[0].agent_port}",
            "HOTLINE_FREESWITCH_DIRECTORY": directory,
            **settings,
        },
    )
    if esl_port:
        made[0].esl_port = esl_port
    async with AsyncExitStack() as stack:
        for node in made:
            stack.push_async_callback(node.stop)
            await node.start()
        stack.push_async_callback(product.stop)
        await product.start()
        yield FreeSwitchSite(product, made)
