"""Where a Chinese telephone number is from: mobile numbers by their first seven digits, landlines by area code."""

from functools import lru_cache
from typing import Any, cast

import phonenumbers
from phone import Phone
from phonenumbers import geocoder

_MOBILE_LENGTH = 11


@lru_cache(maxsize=1)
def _mobile_table() -> Any:
    return Phone()


@lru_cache(maxsize=50_000)
def region_of(number: str) -> str:
    """Return province and city, for example "广东 深圳" or "北京"; "" when the number says nothing."""
    if not number.isdigit():
        return ""
    if len(number) == _MOBILE_LENGTH and number.startswith("1"):
        return _mobile(number)
    return _landline(number)


def _mobile(number: str) -> str:
    found = cast("dict[str, str] | None", _mobile_table().find(number))
    if not found:
        return ""
    province, city = found.get("province", ""), found.get("city", "")
    return province if province == city or not city else f"{province} {city}"


def _landline(number: str) -> str:
    try:
        parsed = phonenumbers.parse(number, "CN")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(parsed):
        return ""
    name = geocoder.description_for_number(parsed, "zh")
    return name.replace("省", " ").removesuffix("市").strip()
