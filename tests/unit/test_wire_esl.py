"""The event socket's bytes: what is whole comes out, however it was cut; what is no event socket is refused."""

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.wire import esl
from hotline.wire.esl import (
    ApiResponse,
    AuthRequest,
    CommandReply,
    EslDecoder,
    EslError,
    EslMessage,
    EventMessage,
    Goodbye,
)

EVENT = b'{"Event-Name":"HEARTBEAT","Event-Info":"System Ready\\n\\nContent-Length: 3"}'
STREAM = (
    b"Content-Type: auth/request\n\n"
    b"Content-Type: command/reply\nReply-Text: +OK accepted\n\n"
    b"Content-Type: command/reply\nReply-Text: +OK Job-UUID: 7f\nJob-UUID: 7f\n\n"
    b"Content-Type: api/response\nContent-Length: 13\n\n+OK one\n\ntwo\n"
    b"Content-Length: %d\nContent-Type: text/event-json\n\n%s"
    b"\n\nContent-Type: api/response\nContent-Length: 0\n\n"
    b"Content-Type: command/reply\r\nReply-Text: -ERR no reply\r\n\n"
    b"Content-Type: text/disconnect-notice\nContent-Length: 20\n\nDisconnected, bye.\n\n"
) % (len(EVENT), EVENT)
MESSAGES: list[EslMessage] = [
    AuthRequest(),
    CommandReply("+OK accepted"),
    CommandReply("+OK Job-UUID: 7f", "7f"),
    ApiResponse(b"+OK one\n\ntwo\n"),
    EventMessage(EVENT),
    ApiResponse(b""),
    CommandReply("-ERR no reply"),
    Goodbye("Disconnected, bye."),
]


def pieces(data: bytes, sizes: list[int]) -> list[bytes]:
    cuts = [0, *itertools.accumulate(sizes)]
    return [data[a:b] for a, b in itertools.pairwise(cuts) if a < len(data)] + [data[cuts[-1] :]]


def fed(parts: list[bytes]) -> list[EslMessage]:
    decoder = EslDecoder()
    return [message for part in parts for message in decoder.feed(part)]


def test_every_kind_of_message_is_read() -> None:
    assert fed([STREAM]) == MESSAGES


@given(st.lists(st.integers(1, 60), max_size=60))
def test_messages_do_not_depend_on_where_the_stream_is_cut(sizes: list[int]) -> None:
    assert fed(pieces(STREAM, sizes)) == MESSAGES


def test_a_byte_at_a_time_is_enough() -> None:
    assert fed([STREAM[at : at + 1] for at in range(len(STREAM))]) == MESSAGES


@given(st.lists(st.binary(max_size=200), max_size=10))
def test_anything_is_read_or_refused_and_nothing_else(parts: list[bytes]) -> None:
    with contextlib.suppress(EslError):
        fed(parts)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\n\n",
        b"Content-Type: command/reply\nContent-Length: -1\n\n",
        b"Content-Type: command/reply\nContent-Length: 99999999999\n\n",
        b"Content-Type: command/reply\nContent-Length: 33554433\n\n",
        b"Content-Type: text/event-plain\n\n",
        b"Reply-Text: +OK\n\n",
        b"\x16\x03\x01\x02\x00: x\n\n",
        b"a" * (esl.HEADERS_MAX + 1),
    ],
)
def test_what_is_no_event_socket_is_refused(data: bytes) -> None:
    with pytest.raises(EslError):
        fed([data])


def test_replies_say_whether_they_are_good() -> None:
    assert CommandReply("+OK").ok
    assert not CommandReply("-ERR invalid").ok
    assert ApiResponse(b"true").ok
    assert not ApiResponse(b"-ERR No such channel!\n").ok
    assert ApiResponse(b"-ERR No such channel!\n").text == "-ERR No such channel!"


def test_an_event_of_ours_is_a_block() -> None:
    assert esl.fire("hotline::lease", ("Lease", "7")) == (
        b"sendevent CUSTOM\nEvent-Subclass: hotline::lease\nLease: 7\n\n"
    )


def test_commands_are_one_line_and_messages_are_blocks() -> None:
    assert esl.command("api uptime s") == b"api uptime s\n\n"
    assert esl.execute("leg", "playback", "/a.wav", "name", loops=-1) == (
        b"sendmsg leg\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: /a.wav\n"
        b"event-uuid: name\nloops: -1\n\n"
    )


@given(st.text())
def test_no_value_can_become_a_second_command(text: str) -> None:
    try:
        sent = esl.execute("leg", "playback", text)
    except ValueError:
        assert {"\n", "\r", "\0"} & set(text)
    else:
        assert sent.count(b"\n\n") == 1
        assert sent.endswith(b"\n\n")
