"""The call list taken out: too long for one answer it is a job with every call once, for those who may see the list."""

import csv
import io
from typing import Any, cast

import pytest

from hotline.features.calls import api, long_export
from hotline.features.exports.runner import ExportRunner
from tests.integration.features_admin.test_history import PERIOD, History, history

__all__ = ["history"]


def rows_of(content: bytes, top: int) -> list[list[str]]:
    """The rows of a CSV file below `top` lines."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[top:]


async def job_of(history: History, **question: Any) -> dict[str, Any]:
    """Ask for the list as a job, have it made, return how it went."""
    asked = {"kind": "calls", "name": "通话记录", "format": "csv", "reason": "年度审计", "question": question}
    made = await history.http.post("/export-jobs", json=asked)
    assert made.status_code == 201, made.text
    await cast("ExportRunner", history.world.platform.services[ExportRunner]).work_off()
    return next(one for one in await history.get("/export-jobs") if one["id"] == made.json()["id"])


@pytest.mark.req("STA-20")
async def test_a_call_list_of_any_length_is_never_cut_silently(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct = await history.http.get("/calls/export", params=PERIOD)
    calls = rows_of(direct.content, 2)
    assert len(calls) > 7
    monkeypatch.setattr(api, "DIRECT_MOST", len(calls))
    assert (await history.http.get("/calls/export", params=PERIOD)).status_code == 200
    monkeypatch.setattr(api, "DIRECT_MOST", len(calls) - 1)
    refused = await history.http.get("/calls/export", params=PERIOD)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "export_too_long")
    assert str(len(calls)) in refused.json()["error"]["message"]
    monkeypatch.setattr(long_export, "PIECE", 7)
    job = await job_of(history, **PERIOD)
    assert (job["state"], job["rows_done"], job["rows_total"]) == ("done", len(calls), len(calls))
    file = await history.http.get(f"/export-jobs/{job['id']}/file")
    assert rows_of(file.content, 3) == calls
    trail = (await history.get("/audit", action="exports.create"))["items"][0]
    assert (trail["after"]["kind"], trail["after"]["reason"]) == ("calls", "年度审计")


@pytest.mark.req("STA-20")
async def test_a_long_call_list_keeps_to_its_filters(history: History) -> None:
    narrowed = {
        "direction": "inbound",
        "disposition": "queue_abandoned",
        "has_recording": "false",
        "to": PERIOD["to"],
    }
    direct = await history.http.get("/calls/export", params=narrowed)
    calls = rows_of(direct.content, 2)
    assert 0 < len(calls) < len(rows_of((await history.http.get("/calls/export", params=PERIOD)).content, 2))
    job = await job_of(history, **narrowed)
    assert rows_of((await history.http.get(f"/export-jobs/{job['id']}/file")).content, 3) == calls
    nonsense = await job_of(history, number="x; drop")
    assert (nonsense["state"], bool(nonsense["problem"])) == ("failed", True)


@pytest.mark.req("STA-20", "ADM-1")
async def test_who_may_not_take_the_list_out_at_once_may_not_as_a_job(history: History) -> None:
    asked = {"kind": "calls", "name": "通话记录", "format": "csv", "reason": "好奇", "question": {}}
    for role in ("agent", "wall", "client"):
        person = await history.world.log_in(role)
        assert (await person.get("/calls/export")).status_code == 403, role
        assert (await person.post("/export-jobs", json=asked)).status_code == 403, role
    stranger = await history.world.log_in("manager-a")
    made = await stranger.post("/export-jobs", json=asked)
    await cast("ExportRunner", history.world.platform.services[ExportRunner]).work_off()
    file = await stranger.get(f"/export-jobs/{made.json()['id']}/file")
    assert (file.status_code, rows_of(file.content, 3)) == (200, []), "calls of the root are out of sight"
