"""The running product with FreeSWITCH as its engine: the same demo site, with real nodes beside it instead of the voice process."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.product import Product
from tests.peers.cut import CutRelay
from tests.peers.freeswitch import PASSWORD, FreeSwitchNode
from tests.ports import free_block, free_port


@dataclass(slots=True)
class FreeSwitchSite:
    """A product and the nodes that it commands."""

    product: Product
    nodes: list[FreeSwitchNode]
    lines: list[CutRelay] = field(default_factory=list[CutRelay])
    """Between the application and each node, where the site was made to be cut."""


def settings_for(nodes: list[FreeSwitchNode], directory: str) -> dict[str, str]:
    """What an application must be told to command these nodes and to answer their questions at `directory`."""
    return {
        "HOTLINE_ENGINE": "freeswitch",
        "HOTLINE_FREESWITCH": ",".join(node.esl for node in nodes),
        "HOTLINE_FREESWITCH_PASSWORD": PASSWORD,
        "HOTLINE_FREESWITCH_WS": ",".join(f"127.0.0.1:{node.ws_port}" for node in nodes),
        "HOTLINE_FREESWITCH_PHONES": f"127.0.0.1:{nodes[0].agent_port}",
        "HOTLINE_FREESWITCH_DIRECTORY": directory,
    }


@asynccontextmanager
async def freeswitch_site(
    folder: Path,
    *,
    nodes: int = 1,
    cuttable: bool = False,
    node_settings: dict[str, str] | None = None,
    **settings: str,
) -> AsyncIterator[FreeSwitchSite]:
    """The demo site on so many nodes; callers and telephones use the first unless a test says otherwise."""
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
    lines = [await CutRelay.tcp(node.esl_port) for node in made] if cuttable else []
    esl = [f"127.0.0.1:{line.port}" for line in lines] or [node.esl for node in made]
    product = Product(
        folder / "data",
        sip_port=made[0].trunk_port,
        phone_port=made[0].agent_port,
        settings={
            **settings_for(made, directory),
            "HOTLINE_FREESWITCH": ",".join(esl),
            **settings,
        },
    )
    async with AsyncExitStack() as stack:
        for line in lines:
            stack.push_async_callback(line.close)
        for node in made:
            stack.push_async_callback(node.stop)
            await node.start()
        stack.push_async_callback(product.stop)
        await product.start()
        yield FreeSwitchSite(product, made, lines)
