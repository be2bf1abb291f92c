"""Opening hours over the interface: overrides that end by themselves, and the national calendar that people complete."""

import pytest

from hotline.site_source import DatabaseSite
from tests.integration.features_admin.conftest import World

WEEK = [[{"start_min": 540, "end_min": 1050}]] * 5 + [[], []]
NEXT_YEAR = "2027-01-01"  # a Friday that the product's calendar does not know


@pytest.mark.req("IVR-4")
async def test_an_override_says_who_and_why_and_ends_by_itself(world: World) -> None:
    manager = await world.log_in("manager")
    hours = (await manager.post("/hours", json={"name": "时段", "week": WEEK})).json()
    wanted = {"override": "closed", "until": "2026-11-20T12:00:00+08:00", "note": "停电检修"}
    read = (await manager.put(f"/hours/{hours['id']}/override", json=wanted)).json()
    assert (read["override"], read["override_by"], read["override_note"]) == ("closed", "manager", "停电检修")
    assert (read["open_now"], read["why_now"]) == (False, "override")
    world.clock.forward(hours=2)
    read = (await manager.get(f"/hours/{hours['id']}")).json()
    assert (read["override"], read["override_by"], read["override_until"]) == ("", "", None)
    assert (read["open_now"], read["why_now"]) == (True, "week")


@pytest.mark.req("IVR-4")
async def test_an_override_that_would_have_ended_already_is_refused(world: World) -> None:
    manager = await world.log_in("manager")
    hours = (await manager.post("/hours", json={"name": "时段", "week": WEEK})).json()
    wanted = {"override": "open", "until": "2026-11-20T09:59:00+08:00"}
    answer = await manager.put(f"/hours/{hours['id']}/override", json=wanted)
    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["fields"][0]["field"] == "until"


@pytest.mark.req("IVR-4")
async def test_a_year_that_is_not_published_is_filled_in_from_the_notice(world: World) -> None:
    admin = await world.log_in("admin")
    hours = (await admin.post("/hours", json={"name": "时段", "week": WEEK})).json()
    at = {"at": f"{NEXT_YEAR}T10:00:00+08:00"}
    before = (await admin.get(f"/hours/{hours['id']}/preview", params=at)).json()
    assert (before["open"], before["calendar_known"]) == (True, False)
    text = "一、元旦：1月1日（周五）至3日（周日）放假调休，共3天。1月9日（周六）上班。"
    notice = (await admin.post("/national-calendar/2027/notice", json={"text": text})).json()
    assert [day["day"] for day in notice["days"]] == [
        "2027-01-01", "2027-01-02", "2027-01-03", "2027-01-09",
    ]  # fmt: skip
    year = (await admin.put("/national-calendar/2027", json={"days": notice["days"]})).json()
    assert year["source"] == "entered"
    after = (await admin.get(f"/hours/{hours['id']}/preview", params=at)).json()
    assert (after["open"], after["why"], after["note"], after["calendar_known"]) == (
        False,
        "holiday",
        "元旦",
        True,
    )
    worked = {"at": "2027-01-09T10:00:00+08:00"}
    assert (await admin.get(f"/hours/{hours['id']}/preview", params=worked)).json()[
        "why"
    ] == "make_up_workday"
    site, _ = await DatabaseSite(world.database, world.clock).load()
    assert NEXT_YEAR in {day.day for day in site.hours[0].special}
    entries = (await admin.get("/audit")).json()["items"]
    assert "hours.national_calendar" in [entry["action"] for entry in entries]


@pytest.mark.req("IVR-4")
async def test_the_national_calendar_is_changed_only_by_people_of_the_whole_installation(
    world: World,
) -> None:
    office = await world.log_in("manager-a")
    assert (await office.get("/national-calendar")).json()["may_edit"] is False
    days = [{"day": NEXT_YEAR, "kind": "holiday", "name": "元旦"}]
    assert (await office.put("/national-calendar/2027", json={"days": days})).status_code == 403
    manager = await world.log_in("manager")
    wrong = await manager.put("/national-calendar/2026", json={"days": days})
    assert wrong.status_code == 422
    assert (await manager.put("/national-calendar/2027", json={"days": days})).status_code == 200
    calendar = (await manager.get("/national-calendar")).json()
    sources = {year["year"]: year["source"] for year in calendar["years"]}
    assert sources == {2025: "published", 2026: "published", 2027: "entered", 2028: "none"}
