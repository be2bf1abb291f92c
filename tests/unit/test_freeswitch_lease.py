"""Two applications at one FreeSWITCH: the newer lease commands, the older lets go, whichever way it hears of it."""

from typing import cast

import pytest

from hotline.adapters.freeswitch.connection import Link, LinkBroken
from hotline.adapters.freeswitch.lease import Tenure

pytestmark = pytest.mark.req("OPS-2", "TEL-2")


class NodeOfTwo:
    """What a node remembers, and who hears what is fired there."""

    def __init__(self) -> None:
        self.variable = ""
        self.connected: list[Tenure] = []
        self.listening = 0

    async def api(self, line: str) -> str:
        if line.startswith("global_getvar"):
            return self.variable or "-ERR no reply\n"
        self.variable = line.partition("=")[2]
        return "+OK"

    def send(self, data: bytes) -> bool:
        if data.startswith(b"event json"):
            self.listening += 1
            return True
        head, _, fields = data.decode().strip().partition("\n")
        assert head == "sendevent CUSTOM"
        event = dict(line.split(": ", 1) for line in fields.splitlines())
        assert self.listening >= len(self.connected)
        for tenure in self.connected:
            assert tenure.hears(event)
        return True

    async def connect(self, tenure: Tenure) -> None:
        """As `FreeSwitchSwitch` does when its connection is up."""
        self.connected.append(tenure)
        await tenure.claim(cast("Link", self))


class Application:
    def __init__(self, token: int) -> None:
        self.let_go = 0
        self.tenure = Tenure(lambda: token, self._let_go)

    async def _let_go(self) -> None:
        self.let_go += 1


@pytest.fixture
def node() -> NodeOfTwo:
    return NodeOfTwo()


async def test_the_older_lets_go_when_the_newer_connects(node: NodeOfTwo) -> None:
    older, newer = Application(5), Application(6)
    await node.connect(older.tenure)
    assert not older.tenure.replaced.is_set()
    await node.connect(newer.tenure)
    await newer.tenure.others_have_let_go()
    assert (older.let_go, newer.let_go) == (1, 0)
    assert older.tenure.replaced.is_set() and not newer.tenure.replaced.is_set()


async def test_the_older_that_connects_again_is_turned_away_and_changes_nothing(node: NodeOfTwo) -> None:
    older, newer = Application(5), Application(6)
    await node.connect(newer.tenure)
    with pytest.raises(LinkBroken):
        await node.connect(older.tenure)
    assert older.tenure.replaced.is_set() and not newer.tenure.replaced.is_set()
    assert node.variable == "6"


async def test_a_lease_of_ones_own_is_no_news(node: NodeOfTwo) -> None:
    one = Application(5)
    await node.connect(one.tenure)
    await node.connect(one.tenure)
    assert not one.tenure.replaced.is_set()


async def test_where_nobody_shares_nothing_is_written(node: NodeOfTwo) -> None:
    await node.connect(Application(0).tenure)
    assert node.variable == ""


def test_other_events_are_left_to_others() -> None:
    assert not Application(5).tenure.hears({"Event-Name": "DTMF"})
    assert Application(5).tenure.hears({"Event-Subclass": "hotline::lease", "Lease": "x" * 40})
