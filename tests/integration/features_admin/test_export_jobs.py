"""Long exports: made in the background with progress, the same rows as the listing; cancelled, failed and ended with a plain word."""

import csv
import io
from typing import Any, cast

import openpyxl
import pytest

from hotline.features.exports import runner
from hotline.features.exports.repository import change
from hotline.features.exports.runner import ExportRunner, folder_of
from hotline.features.reports import api_listings
from tests.integration.features_admin.test_history import PERIOD, History, history

__all__ = ["history"]


def wanted(**changes: Any) -> dict[str, Any]:
    """A request for every call of the simulated days."""
    asked = {"kind": "listing", "name": "通话明细", "format": "csv", "reason": "年度审计"}
    return {**asked, "question": {"key": "calls", **PERIOD}, **changes}


def runner_of(history: History) -> ExportRunner:
    return cast("ExportRunner", history.world.platform.services[ExportRunner])


async def job_of(history: History, **changes: Any) -> str:
    made = await history.http.post("/export-jobs", json=wanted(**changes))
    assert made.status_code == 201, made.text
    return made.json()["id"]


async def jobs(history: History) -> list[dict[str, Any]]:
    return await history.get("/export-jobs")


@pytest.mark.req("STA-20")
async def test_a_long_export_tells_every_row_of_the_listing_once(history: History) -> None:
    listing = await history.get("/listings/calls", **PERIOD, page=500)
    job, book = await job_of(history), await job_of(history, format="xlsx")
    assert {one["state"] for one in await jobs(history)} == {"queued"}
    assert (await history.http.get(f"/export-jobs/{job}/file")).status_code == 409, "not made yet"
    await runner_of(history).work_off()
    made = next(one for one in await jobs(history) if one["id"] == job)
    assert (made["state"], made["rows_done"], made["rows_total"]) == (
        "done",
        listing["total"],
        listing["total"],
    )
    file = await history.http.get(f"/export-jobs/{job}/file")
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [row[-1] for row in rows[3:]] == [row["call_id"] for row in listing["rows"]]
    assert rows[1][0].startswith("制表时间：")
    sheet = openpyxl.load_workbook(
        io.BytesIO((await history.http.get(f"/export-jobs/{book}/file")).content)
    ).active
    assert [row[-1] for row in sheet.iter_rows(min_row=4, values_only=True)] == [  # pyright: ignore[reportOptionalMemberAccess]
        row["call_id"] for row in listing["rows"]
    ]
    trail = (await history.get("/audit", action="exports.create"))["items"][0]
    assert trail["after"]["reason"] == "年度审计"
    assert (await history.get("/audit", action="exports.download"))["items"][0]["after"]["rows"] == listing[
        "total"
    ]
    history.world.clock.forward(days=7, seconds=1)
    again = await history.world.log_in("admin")
    await runner_of(history).work_off()
    assert {one["state"] for one in (await again.get("/export-jobs")).json()} == {"expired"}
    assert list(folder_of(history.world.platform).iterdir()) == []


@pytest.mark.req("STA-20")
async def test_what_is_longer_than_one_waits_for_is_a_job(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_listings, "DIRECT_MOST", 5)
    answer = await history.http.get("/listings/calls", params={**PERIOD, "format": "csv"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "export_too_long")


@pytest.mark.req("STA-20")
async def test_a_full_disk_and_a_restart_are_said_and_leave_no_half_file(history: History) -> None:
    job = await job_of(history)
    folder = folder_of(history.world.platform)
    folder.mkdir(parents=True)
    (folder / f"{job}.csv.part").symlink_to("/dev/full")  # a device that is always full
    await runner_of(history).work_off()
    (failed,) = await jobs(history)
    assert (failed["state"], failed["problem"][:6]) == ("failed", "磁盘空间不足")
    assert list(folder.iterdir()) == []
    job = await job_of(history)
    async with history.world.database.writing() as work:  # the application ended in the middle of it
        await change(work.session, job, ("queued",), state="running")
    (folder / f"{job}.csv.part").write_text("half")
    waits = await job_of(history)
    fresh = ExportRunner(history.world.platform)
    await fresh.recover()
    await fresh.work_off()
    found = {one["id"]: one for one in await jobs(history)}
    assert found[job]["state"] == "failed" and "重启" in found[job]["problem"]
    assert found[waits]["state"] == "done"
    assert [one.name for one in folder.iterdir()] == [f"{waits}.csv"]


@pytest.mark.req("STA-20", "ADM-1")
async def test_jobs_are_cancelled_removed_and_ones_own(history: History) -> None:
    job = await job_of(history)
    assert (await history.http.post(f"/export-jobs/{job}/cancel")).status_code == 204
    await runner_of(history).work_off()
    assert [one["state"] for one in await jobs(history)] == ["cancelled"]
    assert (await history.http.post(f"/export-jobs/{job}/cancel")).status_code == 409
    again = await history.http.post(f"/export-jobs/{job}/again")
    assert (again.status_code, again.json()["reason"]) == (201, "年度审计"), again.text
    assert (await history.http.post(f"/export-jobs/{again.json()['id']}/again")).status_code == 409, (
        "it waits"
    )
    await runner_of(history).work_off()
    assert [one["state"] for one in await jobs(history)] == ["done", "cancelled"]
    file = await history.http.get(f"/export-jobs/{again.json()['id']}/file")
    assert len(file.text.splitlines()) > len(history.events) / 100
    assert (await history.http.delete(f"/export-jobs/{again.json()['id']}")).status_code == 204
    manager = await history.world.log_in("manager")
    assert (await manager.post(f"/export-jobs/{job}/again")).status_code == 404
    assert (await manager.get("/export-jobs")).json() == []
    assert (await manager.delete(f"/export-jobs/{job}")).status_code == 404
    assert (await history.http.delete(f"/export-jobs/{job}")).status_code == 204
    assert await jobs(history) == []
    for _ in range(3):
        await job_of(history)
    assert (await history.http.post("/export-jobs", json=wanted())).status_code == 409
    client = await history.world.log_in("client")
    assert (await client.post("/export-jobs", json=wanted())).status_code == 403, (
        "no call list, no export of it"
    )


@pytest.mark.req("STA-20")
async def test_what_makes_no_sense_fails_in_plain_words(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "ROWS_MOST", 5)
    await job_of(history)
    await runner_of(history).work_off()
    (long,) = await jobs(history)
    assert long["state"] == "failed" and "请缩短时间范围" in long["problem"], "as with more than a million"
    assert list(folder_of(history.world.platform).glob("*")) == []
    for wrong in ({"kind": "moon"}, {"reason": " "}, {"format": "pdf"}, {"name": ""}):
        assert (await history.http.post("/export-jobs", json=wanted(**wrong))).status_code == 422, wrong
    ends = {"from": PERIOD["to"], "to": PERIOD["from"]}
    await job_of(history, question={"key": "calls", **ends})
    await job_of(history, question={"key": "nothing", **PERIOD})
    await runner_of(history).work_off()
    assert {(one["state"], bool(one["problem"])) for one in await jobs(history)} == {("failed", True)}
