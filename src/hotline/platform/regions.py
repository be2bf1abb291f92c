"""Where a Chinese telephone number is from: mobile numbers by their first seven digits, landlines by area code.

Both come from the table of the `phone` package; its list of places also tells which area codes there are.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from phone import Phone

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{9,11}")
_HEAD_BYTES = 8


@lru_cache(maxsize=50_000)
def region_of(number: str) -> str:
    """Return province and city, for example "广东 深圳" or "北京"; "" when the number says nothing."""
    if _MOBILE.fullmatch(number):
        return _mobile(number[:7])
    if _LANDLINE.fullmatch(number):
        areas = _areas()
        return areas.get(number[:3]) or areas.get(number[:4], "")
    return ""


@lru_cache(maxsize=500_000)
def _mobile(head: str) -> str:
    """The place of all mobile numbers with these seven digits: there are half a million, and looking one up takes 50 µs."""
    found = cast("dict[str, str] | None", _table().find(head))
    return _place(found["province"], found["city"]) if found else ""


@lru_cache(maxsize=1)
def _table() -> Any:
    return Phone()


@lru_cache(maxsize=1)
def _areas() -> Mapping[str, str]:
    """Area code → place; where several cities share a code, the first listed."""
    table = _table()
    areas: dict[str, str] = {}
    for place in bytes(table.buf[_HEAD_BYTES : table.first_phone_record_offset]).split(b"\0"):
        if not place:
            continue
        province, city, _post_code, area_code = place.decode().split("|")
        areas.setdefault(area_code, _place(province, city))
    return areas


def _place(province: str, city: str) -> str:
    return province if province == city or not city else f"{province} {city}"
