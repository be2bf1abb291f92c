"""A mail server of the test's own that speaks SMTP (RFC 5321), one line at a time: what it takes, puts off, refuses, or swallows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from hotline.adapters.mail_smtp import SmtpMail, SmtpServer

HOSTILE = "进度\r\n.\r\nBcc: x@y.z\r\n\r\n<script>alert(1)</script>"
"""A name that would add a header, end the message or be a page, where it could."""
_HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
}  # fmt: skip


def read_harmless(raw: bytes) -> EmailMessage:
    """Return a message that was taken: our own headers alone, a subject of one line, and plain text."""
    message = message_from_bytes(raw.removesuffix(b".\r\n"), policy=policy.default)
    body = message.get_body()
    assert isinstance(body, EmailMessage)
    assert set(message.keys()) <= _HEADERS, message.keys()
    assert len(message["Subject"].splitlines()) == 1
    assert body.get_content_type() == "text/plain"
    return message


@dataclass
class MailPeer:
    """`to_recipient` is what it says to RCPT; with `swallows` it takes the text and hangs up without a word."""

    to_recipient: str = "250 ok"
    swallows: bool = False
    got: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        writer.write(b"220 peer\r\n")
        while line := (await reader.readline()).upper():
            match line[:4]:
                case b"DATA":
                    writer.write(b"354 go on\r\n")
                    self.got.append(await reader.readuntil(b"\r\n.\r\n"))
                    if self.swallows:
                        break
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
        """The peer at work, and the sender that reaches it."""
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0, limit=2**24)
        async with server:
            yield SmtpMail(SmtpServer(host="127.0.0.1", port=server.sockets[0].getsockname()[1], sender="hotline@example.org", tls="none"))  # fmt: skip
