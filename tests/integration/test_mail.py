"""E-mail out, against a mail server of the test's own that speaks SMTP: what it takes, what it puts off, what it refuses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy

import pytest

from hotline.adapters.mail_smtp import SmtpMail, SmtpServer
from hotline.ports.mail import MailMessage, MailRefused

MESSAGE = MailMessage(
    key="ticket-news:1", to="office@example.org", subject="工单 1\r\nBcc: x@y.z", text="已派单\n.\n请签收"
)


@dataclass
class MailPeer:
    """Answers one line at a time (RFC 5321); `to_recipient` is what it says to RCPT."""

    to_recipient: str = "250 ok"
    got: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 peer\r\n")
        while line := (await reader.readline()).upper():
            match line[:4]:
                case b"DATA":
                    writer.write(b"354 go on\r\n")
                    self.got.append(await reader.readuntil(b"\r\n.\r\n"))
                    writer.write(b"250 taken\r\n")
                case b"RCPT":
                    writer.write(f"{self.to_recipient}\r\n".encode())
                case b"QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                case _:
                    writer.write(b"250 peer\r\n")
        writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[SmtpMail]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        async with server:
            yield SmtpMail(SmtpServer(host="127.0.0.1", port=server.sockets[0].getsockname()[1], sender="hotline@example.org", tls="none"))  # fmt: skip


@pytest.mark.req("TKT-2")
async def test_a_message_arrives_whole_and_its_subject_stays_one_line() -> None:
    peer = MailPeer()
    async with peer.listening() as mail:
        await mail.send(MESSAGE)
        await mail.send(MESSAGE)
    first, again = (message_from_bytes(raw[:-3], policy=policy.default) for raw in peer.got)
    assert (first["To"], first["From"]) == ("office@example.org", "hotline@example.org")
    assert first["Subject"] == "工单 1 Bcc: x@y.z"
    assert first["Bcc"] is None
    assert first["Message-ID"] == again["Message-ID"], "a repeated one is shown once"
    assert "已派单" in first.get_content()
    assert "请签收" in first.get_content()


@pytest.mark.req("TKT-2")
@pytest.mark.parametrize(("answer", "retryable"), [("451 later", True), ("550 nobody", False)])
async def test_what_the_server_refuses_says_whether_to_try_again(answer: str, retryable: bool) -> None:
    async with MailPeer(to_recipient=answer).listening() as mail:
        with pytest.raises(MailRefused) as refused:
            await mail.send(MESSAGE)
    assert refused.value.retryable is retryable
    assert answer[:3] in refused.value.reason
    assert "office" not in refused.value.reason


async def test_a_server_that_is_away_or_cannot_encrypt_is_asked_again_later() -> None:
    away = SmtpMail(SmtpServer(host="127.0.0.1", port=9, sender="hotline@example.org", tls="none"))
    with pytest.raises(MailRefused, match="没有连上") as refused:
        await away.send(MESSAGE)
    assert refused.value.retryable
    peer = MailPeer()
    async with peer.listening() as plain:
        plain._server = SmtpServer(host="127.0.0.1", port=plain._server.port, sender="h@example.org")
        with pytest.raises(MailRefused, match="加密") as refused:
            await plain.send(MESSAGE)
    assert peer.got == [], "nothing goes unencrypted when it should be"


async def test_an_address_that_is_none_is_never_tried() -> None:
    async with MailPeer().listening() as mail:
        with pytest.raises(MailRefused) as refused:
            await mail.send(MailMessage(key="1", to="a@b>\r\nRCPT TO:<x@y.z", subject="", text=""))
    assert not refused.value.retryable
