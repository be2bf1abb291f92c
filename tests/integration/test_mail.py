"""E-mail out, against a mail server of the test's own that speaks SMTP: what it takes, what it puts off, what it refuses."""

from email import message_from_bytes, policy

import pytest

from hotline.adapters.mail_smtp import SmtpMail, SmtpServer
from hotline.ports.mail import MailFile, MailMessage, MailRefused
from tests.peers.mail import MailPeer

MESSAGE = MailMessage(
    key="ticket-news:1", to="office@example.org", subject="工单 1\r\nBcc: x@y.z", text="已派单\n.\n请签收"
)


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


@pytest.mark.req("STA-21")
async def test_a_file_arrives_as_it_was_sent() -> None:
    content = b"a,b\r\n.1,2\r\n" * 200
    file = MailFile(name="每日接听.csv", media_type="text/csv; charset=utf-8", content=content)
    peer = MailPeer()
    async with peer.listening() as mail:
        await mail.send(
            MailMessage(key="1", to="office@example.org", subject="报表", text="见附件", file=file)
        )
    got = message_from_bytes(peer.got[0][:-3], policy=policy.default)
    (attached,) = got.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("每日接听.csv", "text/csv")
    assert attached.get_payload(decode=True) == content


@pytest.mark.req("STA-21")
async def test_an_answer_that_was_lost_after_the_text_is_uncertain() -> None:
    async with MailPeer(swallows=True).listening() as mail:
        with pytest.raises(MailRefused) as lost:
            await mail.send(MESSAGE)
    assert lost.value.uncertain
    away = SmtpMail(SmtpServer(host="127.0.0.1", port=9, sender="hotline@example.org", tls="none"))
    with pytest.raises(MailRefused) as refused:
        await away.send(MESSAGE)
    assert not refused.value.uncertain, "it never had the text"
