"""Laws of SIP: no network, however bad, leaves two ends of a call in doubt; no bytes, however wrong, raise."""

import contextlib
import heapq
from dataclasses import dataclass, field

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hotline.wire.sip.actions import Timing
from hotline.wire.sip.address import BadAddress, parse_name_addr
from hotline.wire.sip.codec import Malformed, decode, session_description
from hotline.wire.sip.dialog import Dialog
from hotline.wire.sip.flow import Flow
from hotline.wire.sip.framing import FramingError, StreamFramer
from hotline.wire.sip.message import Request, response_to
from hotline.wire.sip.transactions import (
    AckReceived,
    Cancelled,
    Ended,
    GaveUp,
    Output,
    RequestReceived,
    ResponseReceived,
    TransactionId,
    Transactions,
    Transmit,
)
from tests.unit.rfc4475_messages import MESSAGES

TIMING = Timing()
CLIENT, SERVER = "192.0.2.1:5060", "192.0.2.2:5060"
LONG_S = 400.0


def flow_to(there: str, here: str) -> Flow:
    host, _, port = there.partition(":")
    return Flow("UDP", host, int(port), here)


@dataclass
class Agent:
    """A user agent on the pure layer: the caller dials and may give up; the callee rings, answers or refuses, and may hang up."""

    here: str
    there: str
    plan: dict[str, float | int | None]
    layer: Transactions = field(init=False)
    tokens: int = 0
    key: TransactionId | None = None
    invite: Request | None = None
    dialog: Dialog | None = None
    outcome: str = "none"
    was_up: bool = False
    ack: Request | None = None
    confirmed: bool = False  # the ACK has come or gone: only now may a BYE follow (RFC 3261 section 15)

    def __post_init__(self) -> None:
        self.layer = Transactions(TIMING, self.token)

    def token(self) -> str:
        self.tokens += 1
        return f"{self.here[8:9]}{self.tokens}"

    def send(self, request: Request, now: float) -> TransactionId:
        return self.layer.send_request(request, flow_to(self.there, self.here), now)

    def dial(self, now: float) -> None:
        self.invite = Request(
            method="INVITE",
            uri=f"sip:b@{self.there}",
            headers=(
                ("from", f"<sip:a@{self.here}>;tag=a"),
                ("to", f"<sip:b@{self.there}>"),
                ("call-id", "c"),
                ("cseq", "1 INVITE"),
                ("contact", f"<sip:a@{self.here}>"),
            ),
        )
        self.key = self.send(self.invite, now)
        self.outcome = "calling"

    def give_up(self, now: float) -> None:
        if self.outcome == "calling" and self.key is not None:
            self.outcome = "cancelling"
            self.layer.cancel(self.key, now)

    def answer(self, now: float, status: int) -> None:
        if self.outcome != "called" or self.invite is None or self.key is None:
            return
        contact = (("contact", f"<sip:b@{self.here}>"),)
        self.dialog = Dialog.from_invite(self.invite, local_tag="b", contact=contact[0][1])
        if self.layer.respond(self.key, response_to(self.invite, status, to_tag="b", headers=contact), now):
            self.outcome = "up" if status == 200 else "refused"
            self.was_up = status == 200

    def hang_up(self, now: float) -> None:
        if self.outcome == "up" and self.dialog is not None and self.confirmed:
            self.outcome = "over"
            self.send(self.dialog.request("BYE"), now)

    def handle(self, output: Output, now: float) -> None:
        match output:
            case RequestReceived(key, request, _) if request.method == "INVITE":
                if self.invite is None:
                    self.key, self.invite, self.outcome = key, request, "called"
                    self.layer.respond(key, response_to(request, 180, to_tag="b"), now)
            case RequestReceived(key, request, _):
                known = self.dialog is not None and self.outcome in ("up", "over")
                self.layer.respond(key, response_to(request, 200 if known else 481), now)
                if known:
                    self.outcome = "over"
            case Cancelled(key, _):
                if self.outcome == "called" and self.invite is not None:
                    self.outcome = "cancelled"
                    self.layer.respond(key, response_to(self.invite, 487, to_tag="b"), now)
            case ResponseReceived(key, answer, _) if key == self.key:
                self.answered(answer.status, output, now)
            case AckReceived():
                self.confirmed = True
            case GaveUp(key, _) if key == self.key and self.outcome == "up":
                self.confirmed = True  # no ACK at all: say good-bye, and that is that (section 13.3.1.4)
                self.hang_up(now)
            case GaveUp(key, _) if key == self.key:
                self.outcome = "lost" if self.outcome in ("calling", "cancelling") else self.outcome
            case GaveUp() | ResponseReceived() | Ended() | Transmit():
                pass

    def answered(self, status: int, output: ResponseReceived, now: float) -> None:
        if status < 200 or self.invite is None:
            return
        if status >= 300:
            self.outcome = "cancelled" if status == 487 else "refused"
            return
        if self.ack is not None:
            self.layer.repeat(self.ack, flow_to(self.there, self.here))
            return
        wanted = self.outcome == "calling"
        self.dialog = Dialog.from_response(self.invite, output.response, contact=f"<sip:a@{self.here}>")
        self.ack = self.layer.send_ack(self.dialog.ack(1), flow_to(self.there, self.here))
        self.outcome, self.was_up, self.confirmed = "up", True, True
        if not wanted:
            self.hang_up(now)


class Network:
    """Carries datagrams between two agents as its dice say, on a clock of its own."""

    def __init__(self, dice: list[int], caller: Agent, callee: Agent) -> None:
        self.dice = iter(dice * 40)
        self.agents = {caller.here: caller, callee.here: callee}
        self.wire: list[tuple[float, int, str, bytes]] = []
        self.count = 0
        self.now = 0.0

    def post(self, output: Transmit, sender: Agent) -> None:
        """Lose (3 in 10), double, delay (reorder) or pass a datagram."""
        fate = next(self.dice, 9)
        copies = 0 if fate < 3 else 2 if fate == 3 else 1
        for copy in range(copies):
            self.count += 1
            delay = 0.01 + (fate * 0.17 if fate in (4, 5) else 0.0) + copy * 0.3
            heapq.heappush(self.wire, (self.now + delay, self.count, sender.there, output.message.encode()))

    def settle(self) -> None:
        for agent in self.agents.values():
            while outputs := agent.layer.take_outputs():
                for output in outputs:
                    if isinstance(output, Transmit):
                        self.post(output, agent)
                    else:
                        agent.handle(output, self.now)

    def run(self, acts: list[tuple[float, object]]) -> None:
        acts = sorted(acts, key=lambda act: act[0])
        while True:
            dues = [due for agent in self.agents.values() if (due := agent.layer.next_due()) is not None]
            times = [*dues, *(self.wire[0][:1] if self.wire else ()), *(acts[0][:1] if acts else ())]
            if not times or min(times) > LONG_S:
                return
            self.now = max(self.now, min(times))
            if acts and acts[0][0] <= self.now:
                act = acts.pop(0)[1]
                assert callable(act)
                act()
            elif self.wire and self.wire[0][0] <= self.now:
                _, _, to, data = heapq.heappop(self.wire)
                agent = self.agents[to]
                agent.layer.receive(decode(data), flow_to(agent.there, agent.here), self.now)
            else:
                for agent in self.agents.values():
                    agent.layer.tick(self.now)
            self.settle()


@settings(max_examples=300)
@given(
    dice=st.lists(st.integers(0, 9), min_size=1, max_size=60),
    status=st.sampled_from([200, 200, 486]),
    answer_at=st.floats(0.1, 8),
    cancel_at=st.none() | st.floats(0.0, 10),
    caller_ends=st.none() | st.floats(5, 40),
    callee_ends=st.floats(5, 40),
)
@example(dice=[0], status=200, answer_at=1, cancel_at=None, caller_ends=None, callee_ends=10)
@example(dice=[9], status=200, answer_at=1, cancel_at=1.005, caller_ends=None, callee_ends=10)
def test_whatever_the_network_does_both_ends_of_a_call_come_to_an_end(
    dice: list[int],
    status: int,
    answer_at: float,
    cancel_at: float | None,
    caller_ends: float | None,
    callee_ends: float,
) -> None:
    caller, callee = Agent(CLIENT, SERVER, {}), Agent(SERVER, CLIENT, {})
    network = Network(dice, caller, callee)
    acts: list[tuple[float, object]] = [(0.0, lambda: caller.dial(network.now))]
    acts += [(answer_at + step, lambda: callee.answer(network.now, status)) for step in range(60)]
    acts += [(callee_ends + step, lambda: callee.hang_up(network.now)) for step in range(0, 80, 5)]
    if cancel_at is not None:
        acts.append((cancel_at, lambda: caller.give_up(network.now)))
    if caller_ends is not None:
        acts += [(caller_ends + step, lambda: caller.hang_up(network.now)) for step in range(0, 80, 5)]
    network.run(acts)
    final = {"over", "refused", "cancelled", "lost"}
    assert len(caller.layer) == len(callee.layer) == 0, "a transaction is left"
    assert callee.outcome in final | {"none"}
    if all(die >= 3 for die in dice):  # nothing was lost: both tell the same story
        assert (caller.outcome, caller.was_up) == (callee.outcome, callee.was_up)
    if caller.outcome == "up":  # the BYE was lost eleven times: the session timer's case
        assert callee.outcome in ("over", "lost")
    else:
        assert caller.outcome in final
    if callee.was_up and callee.outcome == "over" and caller.outcome == "refused":
        raise AssertionError("one end talked while the other was refused")


# ── Bytes ────────────────────────────────────────────────────────────────────────────────────────────────────

GOOD = [torture.message for torture in MESSAGES]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A torture message with pieces cut, doubled, swapped or replaced."""
    data = bytearray(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        length = draw(st.integers(0, 40))
        match draw(st.integers(0, 3)):
            case 0:
                del data[at : at + length]
            case 1:
                data[at:at] = draw(st.binary(max_size=20))
            case 2:
                data[at:at] = data[at : at + length]
            case _:
                data[at : at + 1] = draw(
                    st.sampled_from([b"\r\n", b'"', b"<", b">", b";", b",", b"\0", b"\xff", b"%"])
                )
    return bytes(data)


@settings(max_examples=500)
@given(st.one_of(mutated(), st.binary(max_size=400)))
def test_no_bytes_raise_in_parser_transactions_or_dialogs(data: bytes) -> None:
    try:
        message = decode(data)
    except Malformed as error:
        if error.request is not None:
            response_to(error.request, error.status, to_tag="t").encode()
        return
    layer = Transactions(TIMING, lambda: "t")
    layer.receive(message, flow_to(CLIENT, SERVER), 0.0)
    for output in layer.take_outputs():
        if isinstance(output, RequestReceived):
            layer.respond(output.id, response_to(output.request, 200, to_tag="t"), 0.0)
            Dialog.from_invite(output.request, local_tag="t", contact="<sip:x@y>").next_hop()
    decode(message.encode())
    with contextlib.suppress(Malformed):
        session_description(message)


@settings(max_examples=200)
@given(
    st.lists(st.integers(1, 80), max_size=30),
    st.permutations([t.message for t in MESSAGES if t.name in ("esc02", "mpart01", "lwsdisp")]),
)
def test_a_stream_is_cut_into_the_same_messages_however_it_arrives(
    cuts: list[int], messages: list[bytes]
) -> None:
    stream = b"\r\n\r\n" + b"".join(messages)
    whole = StreamFramer().feed(stream)
    framer, pieces, at = StreamFramer(), [], 0
    for cut in [*cuts, len(stream)]:
        pieces += framer.feed(stream[at : at + cut])
        at += cut
    assert pieces == whole
    assert whole == [b"\r\n\r\n", *messages]


@given(st.binary(max_size=2_000))
def test_a_stream_of_anything_ends_in_messages_or_a_framing_error(data: bytes) -> None:
    framer = StreamFramer()
    try:
        for at in range(0, len(data), 50):
            framer.feed(data[at : at + 50])
    except FramingError:
        return


@given(st.text(max_size=200))
def test_an_address_is_read_whole_or_refused(text: str) -> None:
    try:
        address = parse_name_addr(text)
    except BadAddress:
        return
    again = parse_name_addr(str(address))
    assert (again.uri, again.display) == (address.uri, address.display)
