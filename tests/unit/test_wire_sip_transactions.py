"""The four transaction machines, state by state (RFC 3261 section 17, RFC 6026), and the layer that matches messages to them."""

import pytest

from hotline.wire.sip.actions import Action, Deliver, End, GiveUp, Send, Start, Stop, Timer, Timing
from hotline.wire.sip.client_transaction import ClientState, InviteClient, PlainClient
from hotline.wire.sip.flow import Flow
from hotline.wire.sip.message import Request, Response, response_to
from hotline.wire.sip.server_transaction import InviteServer, PlainServer, ServerState
from hotline.wire.sip.transactions import (
    AckReceived,
    Cancelled,
    GaveUp,
    Output,
    RequestReceived,
    ResponseReceived,
    Transactions,
    Transmit,
)

TIMING = Timing()
UDP = Flow("UDP", "192.0.2.1", 5060, "192.0.2.9:5060")
TCP = Flow("TCP", "192.0.2.1", 5060, "192.0.2.9:5060", 1)


def request(method: str = "INVITE", branch: str = "z9hG4bKone") -> Request:
    return Request(
        method=method,
        uri="sip:x@example.com",
        headers=(
            ("via", f"SIP/2.0/UDP 192.0.2.1:5060;branch={branch};rport"),
            ("from", "<sip:a@example.com>;tag=a"),
            ("to", "<sip:x@example.com>"),
            ("call-id", "call"),
            ("cseq", f"1 {method}"),
        ),
    )


def response(status: int, method: str = "INVITE") -> Response:
    return response_to(request(method), status, to_tag="b")


def words(actions: list[Action]) -> list[str]:
    """Actions in short: what is sent, delivered, started, stopped."""
    short: list[str] = []
    for action in actions:
        match action:
            case Send(message):
                short.append(f"send {message.method if isinstance(message, Request) else message.status}")
            case Deliver(answer):
                short.append(f"up {answer.status}")
            case Start(timer, after_s):
                short.append(f"{timer.value}={after_s:g}")
            case Stop(_):
                short.append("stop")
            case GiveUp():
                short.append("give up")
            case End():
                short.append("end")
    return short


# ── INVITE client ────────────────────────────────────────────────────────────────────────────────────────────

CLIENT_TABLE = [
    # steps before, input, expected actions, state after
    ([], Timer.A, ["send INVITE", "A=1"], ClientState.CALLING),
    ([], Timer.B, ["give up", "end"], ClientState.TERMINATED),
    ([], 100, ["stop", "up 100"], ClientState.PROCEEDING),
    ([], 200, ["stop", "M=32", "up 200"], ClientState.ACCEPTED),
    ([], 486, ["stop", "send ACK", "up 486", "D=32"], ClientState.COMPLETED),
    ([180], Timer.A, [], ClientState.PROCEEDING),
    ([180], Timer.B, [], ClientState.PROCEEDING),
    ([180], 183, ["stop", "up 183"], ClientState.PROCEEDING),
    ([180], 200, ["stop", "M=32", "up 200"], ClientState.ACCEPTED),
    ([180], 603, ["stop", "send ACK", "up 603", "D=32"], ClientState.COMPLETED),
    ([180], Timer.CANCELLED, ["give up", "end"], ClientState.TERMINATED),
    ([200], 200, ["up 200"], ClientState.ACCEPTED),
    ([200], 180, [], ClientState.ACCEPTED),
    ([200], 486, [], ClientState.ACCEPTED),
    ([200], Timer.M, ["end"], ClientState.TERMINATED),
    ([486], 486, ["send ACK"], ClientState.COMPLETED),
    ([486], 200, [], ClientState.COMPLETED),
    ([486], 180, [], ClientState.COMPLETED),
    ([486], Timer.D, ["end"], ClientState.TERMINATED),
]


@pytest.mark.parametrize("before, event, actions, after", CLIENT_TABLE)
def test_the_invite_client_table(
    before: list[int], event: int | Timer, actions: list[str], after: ClientState
) -> None:
    machine = InviteClient(request(), TIMING, reliable=False)
    assert words(machine.start()) == ["send INVITE", "B=32", "A=0.5"]
    for status in before:
        machine.receive(response(status))
    done = machine.fire(event) if isinstance(event, Timer) else machine.receive(response(event))
    assert (words(done), machine.state) == (actions, after)


def test_the_invite_client_resends_at_doubled_intervals() -> None:
    machine = InviteClient(request(), TIMING, reliable=False)
    machine.start()
    starts = [words(machine.fire(Timer.A))[1] for _ in range(6)]
    assert starts == ["A=1", "A=2", "A=4", "A=8", "A=16", "A=32"]


def test_a_reliable_transport_resends_nothing() -> None:
    assert words(InviteClient(request(), TIMING, reliable=True).start()) == ["send INVITE", "B=32"]
    assert words(PlainClient(request("BYE"), TIMING, reliable=True).start()) == ["send BYE", "F=32"]
    machine = InviteServer(request(), TIMING, reliable=True)
    assert words(machine.respond(response(486))) == ["send 486", "H=32"]


# ── Other clients ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "before, event, actions, after",
    [
        ([], Timer.E, ["send BYE", "E=1"], ClientState.TRYING),
        ([], Timer.F, ["give up", "end"], ClientState.TERMINATED),
        ([], 100, ["up 100"], ClientState.PROCEEDING),
        ([], 200, ["stop", "up 200", "K=5"], ClientState.COMPLETED),
        ([100], Timer.E, ["send BYE", "E=4"], ClientState.PROCEEDING),
        ([100], Timer.F, ["give up", "end"], ClientState.TERMINATED),
        ([100], 481, ["stop", "up 481", "K=5"], ClientState.COMPLETED),
        ([200], 200, [], ClientState.COMPLETED),
        ([200], Timer.E, [], ClientState.COMPLETED),
        ([200], Timer.K, ["end"], ClientState.TERMINATED),
    ],
)
def test_the_plain_client_table(
    before: list[int], event: int | Timer, actions: list[str], after: ClientState
) -> None:
    machine = PlainClient(request("BYE"), TIMING, reliable=False)
    assert words(machine.start()) == ["send BYE", "F=32", "E=0.5"]
    for status in before:
        machine.receive(response(status, "BYE"))
    done = machine.fire(event) if isinstance(event, Timer) else machine.receive(response(event, "BYE"))
    assert (words(done), machine.state) == (actions, after)


def test_the_plain_client_resends_at_most_every_t2() -> None:
    machine = PlainClient(request("BYE"), TIMING, reliable=False)
    machine.start()
    assert [words(machine.fire(Timer.E))[1] for _ in range(5)] == ["E=1", "E=2", "E=4", "E=4", "E=4"]


# ── Servers ──────────────────────────────────────────────────────────────────────────────────────────────────

SERVER_TABLE: list[tuple[list[int], int | str | Timer, list[str], ServerState]] = [
    ([], "INVITE", [], ServerState.PROCEEDING),
    ([180], "INVITE", ["send 180"], ServerState.PROCEEDING),
    ([180], 200, ["send 200", "L=32", "resend_ok=0.5"], ServerState.ACCEPTED),
    ([180], 486, ["send 486", "H=32", "G=0.5"], ServerState.COMPLETED),
    ([200], "INVITE", [], ServerState.ACCEPTED),
    ([200], 486, [], ServerState.ACCEPTED),
    ([200], "ACK", ["stop"], ServerState.ACCEPTED),
    ([200], Timer.RESEND_OK, ["send 200", "resend_ok=1"], ServerState.ACCEPTED),
    ([200], Timer.L, ["give up", "end"], ServerState.TERMINATED),
    ([486], "INVITE", ["send 486"], ServerState.COMPLETED),
    ([486], 200, [], ServerState.COMPLETED),
    ([486], Timer.G, ["send 486", "G=1"], ServerState.COMPLETED),
    ([486], Timer.H, ["give up", "end"], ServerState.TERMINATED),
    ([486], "ACK", ["stop", "I=5"], ServerState.CONFIRMED),
]


def drive(machine: InviteServer | PlainServer, event: int | str | Timer, method: str) -> list[Action]:
    match event:
        case Timer():
            return machine.fire(event)
        case str():
            return machine.receive(request(event))
        case int():
            return machine.respond(response(event, method))


@pytest.mark.parametrize("before, event, actions, after", SERVER_TABLE)
def test_the_invite_server_table(
    before: list[int], event: int | str | Timer, actions: list[str], after: ServerState
) -> None:
    machine = InviteServer(request(), TIMING, reliable=False)
    for status in before:
        machine.respond(response(status))
    assert (words(drive(machine, event, "INVITE")), machine.state) == (actions, after)


def test_an_acknowledged_200_is_absorbed_until_its_time_is_over() -> None:
    machine = InviteServer(request(), TIMING, reliable=False)
    machine.respond(response(200))
    machine.receive(request("ACK"))
    assert words(machine.receive(request("ACK"))) == []
    assert words(machine.fire(Timer.RESEND_OK)) == []
    assert words(machine.fire(Timer.L)) == ["end"]


def test_a_confirmed_failure_absorbs_acks_and_invites() -> None:
    machine = InviteServer(request(), TIMING, reliable=False)
    machine.respond(response(486))
    machine.receive(request("ACK"))
    assert words(machine.receive(request("ACK"))) == []
    assert words(machine.receive(request("INVITE"))) == []
    assert words(machine.fire(Timer.I)) == ["end"]


@pytest.mark.parametrize(
    "before, event, actions, after",
    [
        ([], "BYE", [], ServerState.TRYING),
        ([], 100, ["send 100"], ServerState.PROCEEDING),
        ([100], "BYE", ["send 100"], ServerState.PROCEEDING),
        ([], 200, ["send 200", "J=32"], ServerState.COMPLETED),
        ([200], "BYE", ["send 200"], ServerState.COMPLETED),
        ([200], 481, [], ServerState.COMPLETED),
        ([200], Timer.J, ["end"], ServerState.TERMINATED),
    ],
)
def test_the_plain_server_table(
    before: list[int], event: int | str | Timer, actions: list[str], after: ServerState
) -> None:
    machine = PlainServer(request("BYE"), TIMING, reliable=False)
    for status in before:
        machine.respond(response(status, "BYE"))
    assert (words(drive(machine, event, "BYE")), machine.state) == (actions, after)


# ── The layer ────────────────────────────────────────────────────────────────────────────────────────────────


class Layer:
    """A transaction layer with a clock to turn."""

    def __init__(self) -> None:
        self.tokens = iter(range(10_000))
        self.layer = Transactions(TIMING, lambda: f"t{next(self.tokens)}")
        self.now = 0.0

    def outputs(self) -> list[Output]:
        return self.layer.take_outputs()

    def sent(self) -> list[str]:
        return [
            message.method if isinstance(message, Request) else str(message.status)
            for message in (o.message for o in self.outputs() if isinstance(o, Transmit))
        ]

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while (due := self.layer.next_due()) is not None and due <= end:
            self.layer.tick(due)
        self.now = end


def test_an_answer_goes_back_where_the_request_came_from() -> None:
    """RFC 3581: with rport to the source port; without it to the port of Via."""
    for parameter, port in (("rport", 40_000), ("x=1", 5070)):
        layer = Layer()
        made = request("OPTIONS").having(("via", f"SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bKp;{parameter}"))
        layer.layer.receive(made, Flow("UDP", "192.0.2.7", 40_000, "l:1"), 0.0)
        received = next(o for o in layer.outputs() if isinstance(o, RequestReceived))
        assert "received=192.0.2.7" in (received.request.get("via") or "")
        layer.layer.respond(received.id, response_to(received.request, 200), 0.0)
        out = next(o for o in layer.outputs() if isinstance(o, Transmit))
        assert (out.flow.host, out.flow.port) == ("192.0.2.7", port)


def test_a_cancel_before_any_answer_waits_for_the_first_provisional() -> None:
    layer = Layer()
    key = layer.layer.send_request(request().without("via"), UDP, 0.0)
    invite = next(o.message for o in layer.outputs() if isinstance(o, Transmit))
    layer.layer.cancel(key, 0.0)
    assert layer.sent() == []
    assert isinstance(invite, Request)
    layer.layer.receive(response_to(invite, 180, to_tag="b"), UDP, 0.1)
    assert layer.sent() == ["CANCEL"]
    layer.layer.receive(response_to(invite, 487, to_tag="b"), UDP, 0.2)
    assert layer.sent() == ["ACK"]


def test_a_cancelled_invite_whose_far_end_falls_silent_is_given_up() -> None:
    layer = Layer()
    key = layer.layer.send_request(request().without("via"), UDP, 0.0)
    invite = next(o.message for o in layer.outputs() if isinstance(o, Transmit))
    assert isinstance(invite, Request)
    layer.layer.receive(response_to(invite, 180, to_tag="b"), UDP, 0.0)
    layer.layer.cancel(key, 0.0)
    layer.advance(40)
    assert any(isinstance(output, GaveUp) and output.id == key for output in layer.outputs())
    layer.advance(40)
    assert len(layer.layer) == 0


def test_a_cancel_is_answered_and_told_once_and_only_while_the_invite_waits() -> None:
    layer = Layer()
    layer.layer.receive(request(), UDP, 0.0)
    received = next(o for o in layer.outputs() if isinstance(o, RequestReceived))
    for _ in range(2):
        layer.layer.receive(request("CANCEL"), UDP, 0.0)
    outputs = layer.outputs()
    assert [
        o.message.status for o in outputs if isinstance(o, Transmit) and isinstance(o.message, Response)
    ] == [200, 200]
    assert [o.id for o in outputs if isinstance(o, Cancelled)] == [received.id]
    layer.layer.receive(request("CANCEL", "z9hG4bKother"), UDP, 0.0)
    assert layer.sent() == ["481"]


def test_the_200_is_repeated_until_its_ack_comes_by_another_branch() -> None:
    layer = Layer()
    layer.layer.receive(request(), UDP, 0.0)
    received = next(o for o in layer.outputs() if isinstance(o, RequestReceived))
    layer.layer.respond(received.id, response_to(received.request, 200, to_tag="b"), 0.0)
    layer.advance(1.6)
    assert layer.sent() == ["200", "200", "200"]
    for _ in range(2):
        layer.layer.receive(request("ACK", "z9hG4bKack"), UDP, layer.now)
    acks = [o for o in layer.outputs() if isinstance(o, AckReceived)]
    assert [ack.id for ack in acks] == [received.id]
    layer.advance(40)
    assert layer.sent() == []
    assert len(layer.layer) == 0


def test_a_200_without_ack_is_reported_after_64_t1() -> None:
    layer = Layer()
    layer.layer.receive(request(), TCP, 0.0)
    received = next(o for o in layer.outputs() if isinstance(o, RequestReceived))
    layer.layer.respond(received.id, response_to(received.request, 200, to_tag="b"), 0.0)
    layer.advance(33)
    assert [o.id for o in layer.outputs() if isinstance(o, GaveUp)] == [received.id]


def test_a_closed_connection_gives_up_what_waits_on_it() -> None:
    layer = Layer()
    key = layer.layer.send_request(request("OPTIONS").without("via"), TCP, 0.0)
    other = layer.layer.send_request(request("OPTIONS").without("via"), UDP, 0.0)
    layer.layer.abandon(TCP, 0.0)
    given_up = [o.id for o in layer.outputs() if isinstance(o, GaveUp)]
    assert given_up == [key] and other not in given_up


def test_beyond_its_limit_the_layer_refuses_without_remembering() -> None:
    layer = Transactions(TIMING, lambda: "t", limit=1)
    for branch in ("z9hG4bKa", "z9hG4bKb"):
        layer.receive(request("OPTIONS", branch), UDP, 0.0)
    outputs = layer.take_outputs()
    assert len([o for o in outputs if isinstance(o, RequestReceived)]) == 1
    assert [
        o.message.status for o in outputs if isinstance(o, Transmit) and isinstance(o.message, Response)
    ] == [503]


def test_a_stray_response_is_nobodys() -> None:
    layer = Layer()
    layer.layer.receive(response(200), UDP, 0.0)
    assert not [o for o in layer.outputs() if isinstance(o, ResponseReceived)]
