"""The `MailSender` port over SMTP (RFC 5321) with the standard library: a connection for each message, TLS as the site wants it.

Reasons are in plain Chinese without the address; a password goes over TLS only.
"""

import asyncio
import hashlib
import re
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from typing import Final

from hotline.ports.mail import MailMessage, MailRefused

TIMEOUT_S: Final = 20.0
_SUBJECT_MAX: Final = 200
_PERMANENT: Final = 500
_DONE: Final = 250
_TAKES: Final = (250, 251)
_GO_ON: Final = 354


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """The site's mail server. `tls`: `tls` from the first byte, `starttls` after greeting, `none` inside one's own network."""

    host: str
    port: int
    sender: str
    username: str = ""
    password: str = ""
    tls: str = "starttls"


class SmtpMail:
    """`ports.mail.MailSender`."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def send(self, message: MailMessage) -> None:
        await asyncio.to_thread(self._send, message)

    def _send(self, message: MailMessage) -> None:
        try:
            written = _written(self._server.sender, message)
        except ValueError as error:
            raise MailRefused("邮箱地址不正确", retryable=False) from error
        try:
            with self._connected() as line:
                _hand_over(line, self._server.sender, message.to, written)
        except smtplib.SMTPAuthenticationError as error:
            raise MailRefused("邮件服务器不接受账号或口令", retryable=True) from error
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            raise MailRefused(f"邮件服务器不接受收件人（{code}）", retryable=code < _PERMANENT) from error
        except _AnswerLost as error:
            raise MailRefused(
                "邮件已交给邮件服务器，但没有等到确认", retryable=True, uncertain=True
            ) from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefused("邮件服务器不支持所设的加密或登录方式", retryable=True) from error
        except smtplib.SMTPResponseException as error:
            code = error.smtp_code
            raise MailRefused(f"邮件服务器回应 {code}", retryable=code < _PERMANENT) from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailRefused(f"没有连上邮件服务器（{type(error).__name__}）", retryable=True) from error

    def _connected(self) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        line = (
            smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
            if server.tls == "tls"
            else smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
        )
        try:
            if server.tls == "starttls":
                line.starttls(context=context)
            if server.username:
                line.login(server.username, server.password)
        except BaseException:
            line.close()
            raise
        return line


class _AnswerLost(Exception):
    """The message went out whole; what the server made of it is not known."""


def _hand_over(line: smtplib.SMTP, sender: str, to: str, written: EmailMessage) -> None:
    """Sender, recipient, text (RFC 5321, 3.3). A line that breaks after the text was sent says nothing about the text."""
    content = written.as_bytes(policy=SMTP)
    line.ehlo_or_helo_if_needed()
    code, answer = line.mail(sender, [f"size={len(content)}"] if line.has_extn("size") else [])
    if code != _DONE:
        raise smtplib.SMTPSenderRefused(code, answer, sender)
    code, answer = line.rcpt(to)
    if code not in _TAKES:
        raise smtplib.SMTPRecipientsRefused({to: (code, answer)})
    code, answer = line.docmd("data")
    if code != _GO_ON:
        raise smtplib.SMTPDataError(code, answer)
    line.send(_dotted(content))
    try:
        code, answer = line.getreply()
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        raise _AnswerLost from error
    if code != _DONE:
        raise smtplib.SMTPDataError(code, answer)


def _dotted(content: bytes) -> bytes:
    """The text as it goes over the line: a dot before leading dots, a lone one at the end (RFC 5321, 4.5.2)."""
    whole = content if content.endswith(b"\r\n") else content + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", whole) + b".\r\n"


def _written(sender: str, message: MailMessage) -> EmailMessage:
    """The message with its headers. Raises ValueError for an address that is none, or a subject with line breaks in it."""
    to = Address(addr_spec=message.to)
    written = EmailMessage()
    written["From"] = sender
    written["To"] = str(to)
    written["Subject"] = " ".join(message.subject.split())[:_SUBJECT_MAX]
    written["Date"] = formatdate(localtime=False)
    domain = Address(addr_spec=sender).domain or "hotline"
    written["Message-ID"] = f"<{hashlib.sha256(message.key.encode()).hexdigest()[:40]}@{domain}>"
    written["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday note answers
    written.set_content(message.text)
    if (file := message.file) is not None:
        kind, _, _ = file.media_type.partition(";")
        main, _, sub = kind.partition("/")
        written.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)
    return written
