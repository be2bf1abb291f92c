"""A contract over any continuous 24 hours (GB/T 33358): the worst of them found, printed, and found again by a stranger."""

import io
import zipfile
from bisect import bisect_left
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import httpx
import pytest
from dirty_equals import IsPartialDict
from msgspec import structs
from pypdf import PdfReader

from hotline.core.metrics import facts as f
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.counted_facts import HOTLINE, NOVEMBER, CountedFacts
from tests.integration.features_admin.test_contracts import CONTRACT, checked, counted, repacked

__all__ = ["counted"]

QUARTER = timedelta(minutes=15)
ROLLING = {"key": "rolling", "name": "连续24小时接通率", "metric": "rolling_24h_connect_rate", "target": "95"}
TERMS = {
    "figures": [ROLLING],
    "consequences": [{"figure": "rolling", "when": "failed", "kind": "deduct", "amount": "500"}],
}
EXCLUDED = {"kind": "line_fault", "starts_at": "2026-11-10T08:05:00+08:00", "ends_at": "2026-11-10T20:00:00+08:00",
            "reason": "光缆被挖断", "evidence": "运营商通知"}  # fmt: skip


@pytest.fixture
def with_faults(counted: CountedFacts) -> CountedFacts:
    """A fault at noon of the 10th, a smaller one over midnight of the 20th: calls in them are not answered."""
    faults = [
        (NOVEMBER + timedelta(days=9, hours=8, minutes=7), NOVEMBER + timedelta(days=9, hours=19), 1),
        (NOVEMBER + timedelta(days=19, hours=22), NOVEMBER + timedelta(days=20, hours=3), 2),
    ]
    for at, fact in enumerate(counted.facts):
        assert isinstance(fact, f.CallFact)
        if any(a <= fact.started_at < b and at % every == 0 for a, b, every in faults):
            counted.facts[at] = structs.replace(fact, answered_at=None)
    return counted


def worst_by_hand(counted: CountedFacts, left_out: tuple[datetime, datetime]) -> tuple[int, int, datetime]:
    """Every 24 hours of November, one after the other."""
    calls = sorted(
        (fact.started_at, fact.answered_at is not None)
        for fact in counted.facts
        if isinstance(fact, f.CallFact)
        and fact.hotline_id == HOTLINE
        and not fact.test
        and not left_out[0] <= fact.started_at < left_out[1]
    )
    found: list[tuple[Fraction, datetime, int, int]] = []
    for n in range(29 * 96 + 1):
        begins = NOVEMBER + n * QUARTER
        first, after = (bisect_left(calls, (at, False)) for at in (begins, begins + timedelta(days=1)))
        inside = [answered for _, answered in calls[first:after]]
        if inside:
            found.append((Fraction(sum(inside), len(inside)), begins, sum(inside), len(inside)))
    _, begins, top, bottom = min(found)
    return top, bottom, begins


async def accepted(manager: httpx.AsyncClient) -> str:
    """A contract with a line fault taken out, and the acceptance of its November, submitted."""
    made = await manager.post("/contracts", json=CONTRACT | {"terms": TERMS})
    assert made.status_code == 201, made.text
    contract = made.json()["id"]
    assert (await manager.post(f"/contracts/{contract}/exclusions", json=EXCLUDED)).status_code == 201
    begun = (await manager.post(f"/acceptances/of/{contract}", json={"first": "2026-11-01"})).json()
    answer = await manager.post(f"/acceptances/{begun['id']}/submit")
    assert answer.status_code == 204, answer.text
    return str(begun["id"])


@pytest.mark.req("KPI-1", "KPI-3", "STA-22")
async def test_the_worst_24_hours_are_judged_printed_and_recomputed(
    world: World, with_faults: CountedFacts, tmp_path: Path
) -> None:
    manager = await world.log_in("manager")
    acceptance = await accepted(manager)
    read = (await manager.get(f"/acceptances/{acceptance}")).json()
    left_out = (
        datetime.fromisoformat(str(EXCLUDED["starts_at"])),
        datetime.fromisoformat(str(EXCLUDED["ends_at"])),
    )
    top, bottom, begins = worst_by_hand(with_faults, left_out)
    local = (begins + timedelta(hours=8)).replace(tzinfo=None).isoformat(" ", "minutes")
    assert top < bottom, "there is a fault to find"
    (rolling,) = read["result"]["figures"]
    assert rolling == IsPartialDict(
        numerator=top, denominator=bottom, worst_from=local, days=[], passed=False
    )
    assert rolling["value"] == f"{round(Fraction(10_000 * top, bottom)) / 100:.2f}"
    assert read["result"]["deducted"] == "500.00"
    assert any("15 分钟" in line for line in read["words"]["rolling"])
    content = (await manager.get(f"/acceptances/{acceptance}/report.pdf")).content
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).replace("\n", "")
    assert local[5:] in text

    package = tmp_path / "package.zip"
    package.write_bytes((await manager.get(f"/acceptances/{acceptance}/evidence")).content)
    code, said = checked(package, read["package_sha256"])
    assert (code, said.splitlines()[-1]) == (0, "AGREES"), said
    with zipfile.ZipFile(package) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    for name, before, after in (
        ("result.json", local.encode(), local[:-1].encode() + b"1"),
        ("result.json", f'"numerator": {top}'.encode(), f'"numerator": {top + 1}'.encode()),
        ("plan.json", b'"from_ms": 1', b'"from_ms": 2'),
    ):
        changed = files[name].replace(before, after, 1)
        assert changed != files[name], name
        assert checked(repacked(tmp_path, files | {name: changed}, honest=True))[0] == 1, (name, before)
