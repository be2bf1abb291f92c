"""Own reports by e-mail: made when due, sent once to each recipient over a real SMTP line, whatever fails meanwhile."""

import io
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

import openpyxl
import pytest

from hotline.features.reports.mailing_worker import LOST, ReportMailer
from hotline.features.reports.models import ReportSending
from hotline.platform.people import User
from hotline.ports.mail import MailSender
from hotline.ports.statistics import Statistics, StatisticsUnavailable
from tests.integration.features_admin.test_history import History, history
from tests.integration.features_admin.test_own_reports import WANTED
from tests.peers.mail import HOSTILE, MailPeer, read_harmless

__all__ = ["history"]

TUESDAY = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
"""Seven in the morning of 3 March in Beijing; the simulated calls are of the days before."""
DAILY: dict[str, Any] = {
    "frequency": "daily",
    "at": "08:00",
    "period": "yesterday",
    "format": "xlsx",
    "recipients": ["Office@example.org", "leader@example.org", "office@example.org"],
}


async def scheduled(
    history: History, report: dict[str, Any] = WANTED, **changes: Any
) -> tuple[ReportMailer, str]:
    """A kept report, its schedule as changed, and who carries it out."""
    history.world.clock.now = TUESDAY
    kept = await history.http.post("/own-reports", json=report)
    wanted = {**DAILY, **changes, "report_id": kept.json()["id"]}
    made = await history.http.post("/report-schedules", json=wanted)
    assert made.status_code == 201, made.text
    mailer = cast("ReportMailer", history.world.platform.services[ReportMailer])
    return mailer, made.json()["id"]


async def told(history: History) -> list[tuple[str, str]]:
    """State and recipient of each sending, by recipient."""
    page = await history.get("/report-schedules/sendings")
    return sorted((one["state"], one["recipient"]) for one in page["items"])


def read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw[:-3], policy=policy.default)


@pytest.mark.req("STA-21")
async def test_a_due_report_reaches_each_recipient_once_with_the_figures_of_the_screen(
    history: History,
) -> None:
    mailer, _ = await scheduled(history)
    services, peer = history.world.platform.services, MailPeer()
    async with peer.listening() as mail:
        services[MailSender] = mail
        await mailer.work_off()
        assert peer.got == [], "it is not eight yet"
        history.world.clock.forward(hours=1, seconds=1)
        await mailer.work_off()
        again = ReportMailer(history.world.platform)  # the program was started anew
        await again.recover()
        await again.work_off()
    sent = [read(raw) for raw in peer.got]
    assert sorted(str(one["To"]) for one in sent) == ["leader@example.org", "office@example.org"]
    assert sent[0]["Subject"] == "【热线报表】每日接听 2026-03-02"
    assert (
        "口径：服务水平：目标秒内接听 ÷ 进入排队；目标秒数：20"
        in cast("EmailMessage", sent[0].get_body()).get_content()
    )
    assert await told(history) == [("sent", "leader@example.org"), ("sent", "office@example.org")]
    (file,) = sent[0].iter_attachments()
    rows = list(
        openpyxl.load_workbook(io.BytesIO(file.get_payload(decode=True))).active.iter_rows(values_only=True)
    )  # pyright: ignore[reportOptionalMemberAccess, reportArgumentType]
    day = {"from": "2026-03-01T16:00:00Z", "to": "2026-03-02T16:00:00Z"}
    screen = await history.get("/reports/summary", **day)
    assert rows[-1][2] == screen["totals"]["values"]["trunk_in"] > 0
    audited = (await history.get("/audit", action="reports.mailed"))["items"]
    assert audited[0]["after"]["recipients"] == ["office@example.org", "leader@example.org"]
    await_next = (await history.get("/report-schedules"))["items"][0]["next_at"]
    assert await_next == "2026-03-04T00:00:00Z"


@pytest.mark.req("STA-21")
async def test_nothing_is_lost_while_the_gateway_is_away_and_nothing_comes_twice(history: History) -> None:
    hostile = WANTED | {"name": HOSTILE}
    mailer, _ = await scheduled(history, hostile, recipients=["office@example.org"])
    history.world.clock.forward(hours=1, seconds=1)
    await mailer.work_off()
    page = await history.get("/report-schedules/sendings")
    assert (page["items"][0]["state"], "HOTLINE_MAIL_SERVER" in page["items"][0]["problem"]) == (
        "queued",
        True,
    )
    peer = MailPeer(to_recipient="451 later")
    async with peer.listening() as mail:
        history.world.platform.services[MailSender] = mail
        history.world.clock.forward(minutes=2)
        await mailer.work_off()
        assert "451" in (await history.get("/report-schedules/sendings"))["items"][0]["problem"]
        peer.to_recipient = "250 ok"
        history.world.clock.forward(minutes=10)
        await mailer.work_off()
        await mailer.work_off()
    (raw,) = peer.got
    message = read_harmless(raw)
    assert "<script>" in cast("EmailMessage", message.get_body()).get_content(), "words, no page"
    (file,) = message.iter_attachments()
    name = file.get_filename() or ""
    assert name.startswith("进度") and not set(name) & set("\r\n/:<>"), name
    assert await told(history) == [("sent", "office@example.org")]


@pytest.mark.req("STA-21")
async def test_what_is_uncertain_waits_for_a_person(history: History) -> None:
    mailer, _ = await scheduled(history, recipients=["a@example.org", "b@example.org"])
    history.world.clock.forward(hours=1, seconds=1)
    peer = MailPeer(swallows=True)
    async with peer.listening() as mail:
        history.world.platform.services[MailSender] = mail
        await mailer.work_off()
        assert await told(history) == [("uncertain", "a@example.org"), ("uncertain", "b@example.org")]
        history.world.clock.forward(hours=3)
        await mailer.work_off()
        assert len(peer.got) == 2, "nobody decided to send it again"
        async with history.world.database.writing() as work:  # the application died while it sent
            (await work.session.get_one(ReportSending, (await _first(history))["id"])).state = "sending"
        await ReportMailer(history.world.platform).recover()
        sending = await _first(history)
        assert (sending["state"], sending["problem"]) == ("uncertain", LOST)
        peer.swallows = False
        repeated = await history.http.post(f"/report-schedules/sendings/{sending['id']}/repeat")
        assert repeated.status_code == 202, repeated.text
        await mailer.work_off()
        repeated = await history.http.post(f"/report-schedules/sendings/{sending['id']}/repeat")
        assert repeated.status_code == 409, "it was sent"
    ids = {read(raw)["Message-ID"] for raw in peer.got}
    assert len(ids) == 2, "a repeated one is the same message"


async def _first(history: History) -> dict[str, Any]:
    return (await history.get("/report-schedules/sendings"))["items"][0]


@pytest.mark.req("STA-21")
async def test_who_lost_the_right_mails_nothing_and_the_statistics_may_be_away(history: History) -> None:
    mailer, _ = await scheduled(history)
    services = history.world.platform.services
    statistics = services[Statistics]
    services[Statistics] = _Away()
    history.world.clock.forward(hours=1, seconds=1)
    await mailer.work_off()
    assert "统计服务" in (await history.get("/report-schedules"))["items"][0]["problem"]
    services[Statistics] = statistics
    async with history.world.database.writing() as work:
        (await work.session.get_one(User, "id-admin")).role = "agent"
    history.world.clock.forward(minutes=2)
    await mailer.work_off()
    async with history.world.database.writing() as work:
        (await work.session.get_one(User, "id-admin")).role = "admin"
    fresh = await history.world.log_in("admin")
    schedule = (await fresh.get("/report-schedules")).json()["items"][0]
    assert (schedule["paused"], schedule["problem"]) == (True, "设置人已没有导出报表的权限")
    assert {state for state, _ in await told(history)} == {"failed"}


class _Away:
    """Statistics that do not answer."""

    async def ask(self, query: object) -> object:
        raise StatisticsUnavailable

    async def status(self) -> object:
        raise StatisticsUnavailable


@pytest.mark.req("STA-21", "ADM-4")
async def test_callers_numbers_leave_masked(history: History) -> None:
    mailer, schedule = await scheduled(history, format="csv", recipients=["a@example.org"])
    report = (await history.get("/own-reports"))[0]
    by_caller = {**WANTED, "definition": {**WANTED["definition"], "dimensions": ["caller"], "grain": "total"}}
    await history.http.put(f"/own-reports/{report['id']}", json=by_caller)
    peer = MailPeer()
    async with peer.listening() as mail:
        history.world.platform.services[MailSender] = mail
        sent = await history.http.post(f"/report-schedules/{schedule}/send")
        assert sent.status_code == 202, sent.text
        await mailer.work_off()
    (file,) = read(peer.got[0]).iter_attachments()
    text = cast("bytes", file.get_payload(decode=True)).decode("utf-8-sig")
    day = {"from": "2026-03-01T16:00:00Z", "to": "2026-03-02T16:00:00Z"}
    callers = {one["caller"] for one in (await history.get("/listings/calls", **day, page=500))["rows"]}
    assert callers and not any(len(one) > 5 and one in text for one in callers)
    assert "****" in text


@pytest.mark.req("STA-21")
async def test_what_makes_no_sense_is_refused_and_schedules_are_ones_own(history: History) -> None:
    mailer, schedule = await scheduled(history, frequency="monthly", monthday=31)
    report = (await history.get("/own-reports"))[0]
    wanted = {**DAILY, "report_id": report["id"]}
    for wrong in (
        {"recipients": ["nobody"]}, {"recipients": []}, {"recipients": ["a@b.cn\r\nBcc: x@y.cn"]}, {"recipients": ["张三@example.org"]},
        {"at": "25:00"}, {"weekday": 8}, {"period": "tomorrow"}, {"format": "exe"},
    ):  # fmt: skip
        answer = await history.http.post("/report-schedules", json={**wanted, **wrong})
        assert answer.status_code == 422, wrong
    assert (await history.http.post(f"/report-schedules/{schedule}/send")).status_code == 409, (
        "no mail server"
    )
    manager = await history.world.log_in("manager")
    assert (await manager.get("/report-schedules")).json()["items"] == []
    assert (await manager.post("/report-schedules", json=wanted)).status_code == 404, "not shared"
    assert (await manager.delete(f"/report-schedules/{schedule}")).status_code == 404
    officer = await history.world.log_in("officer")
    assert (await officer.get("/report-schedules")).status_code == 403
    assert (await history.get("/report-schedules"))["items"][0]["next_at"] == "2026-03-31T00:00:00Z"
    paused = {**wanted, "paused": True}
    assert (await history.http.put(f"/report-schedules/{schedule}", json=paused)).status_code == 200
    history.world.clock.forward(days=3)
    await mailer.work_off()
    assert await told(history) == []
    await history.http.delete(f"/own-reports/{report['id']}")
    assert (await history.get("/report-schedules"))["items"] == []
