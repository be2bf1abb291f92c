"""A hotline's figures are counted by one variant, whoever looks: its own, else that of the nearest organisation that has one."""

from typing import cast

import pytest

from hotline.core.ids import AuthorityId, FlowId, HotlineId
from hotline.core.site import Hotline
from hotline.features.reports.models import DEFAULT, MetricVariant
from hotline.features.reports.repository import in_force, reach, topmost, variant_of

pytestmark = pytest.mark.req("STA-0")

PARENTS: dict[str, str | None] = {"city": None, "district": "city", "street": "district"}
CITY, DISTRICT, STREET = (
    Hotline(
        id=HotlineId(f"of-{where}"),
        authority_id=AuthorityId(where),
        number=where,
        name=where,
        flow_id=FlowId("main"),
    )
    for where in PARENTS
)
HOTLINES = (CITY, DISTRICT, STREET)


def version(where: str, hotline: str, number: int, seconds: int | None) -> MetricVariant:
    text = None if seconds is None else f"service_level_s={seconds}"
    return MetricVariant(authority_id=where, hotline_id=hotline, version=number, text=text)


def seconds(rows: list[MetricVariant], viewer: str) -> list[int | None]:
    """The service level's seconds by hotline, as this organisation's people see them."""
    found = in_force(rows, HOTLINES, viewer, PARENTS)
    return [variant_of(found, str(one.id)).service_level_s for one in HOTLINES]


@pytest.mark.parametrize("viewer", list(PARENTS))
def test_every_viewer_counts_alike(viewer: str) -> None:
    rows = [
        version("city", DEFAULT, 1, 10),
        version("district", DEFAULT, 7, 30),
        version("street", str(STREET.id), 1, 40),
    ]
    assert seconds(rows, viewer) == [10, 30, 40]
    rows.append(version("street", str(STREET.id), 2, None))
    assert seconds(rows, viewer) == [10, 30, 30], "its organisation has none: the nearest above"
    rows.append(version("district", DEFAULT, 8, None))
    assert seconds(rows, viewer) == [10, 10, 10]


def test_a_district_s_default_is_not_the_city_s() -> None:
    rows = [version("district", DEFAULT, 7, 30)]
    assert DEFAULT not in in_force(rows, HOTLINES, "city", PARENTS)
    assert cast("str", in_force(rows, HOTLINES, "street", PARENTS)[DEFAULT].text) == "service_level_s=30"


def test_who_belongs_to_none_looks_from_the_top_of_its_sight() -> None:
    assert topmost(None, PARENTS) == "city"
    assert topmost({"street", "district"}, PARENTS) == "district"
    assert topmost(set(), PARENTS) == ""


def test_what_an_organisation_excludes_reaches_those_below() -> None:
    assert reach("city", PARENTS) is None, "everybody, those that are gone as well"
    assert reach("district", PARENTS) == ("district", "street")
    assert reach("street", PARENTS) == ("street",)
    assert reach("gone", PARENTS) == ("gone",)


def test_organisations_in_a_circle_end() -> None:
    assert in_force([], HOTLINES, "city", {"city": "district", "district": "city"}) == {}
