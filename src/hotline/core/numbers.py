"""Telephone numbers: rules that rewrite them on a trunk's way in and out, what is dialled, and what a citizen can be called back on.

Knows no trunk and no call. Forms are those of the Chinese numbering plan (《电信网编号计划》): mobile 1[3-9] and eleven digits,
landline 0 + area code (2 or 3 digits) + 7 or 8 digits, 00 before everything abroad.
"""

from collections.abc import Iterable

from hotline.core.site import NumberRule

DIGITS_MAX = 32
ABROAD = "00"
_PUNCTUATION = str.maketrans("", "", " -()\u00a0")
_MOBILE_DIGITS = 11
_ABROAD_DIGITS = range(7, 18)
_LOCAL_DIGITS = range(7, 9)
_AREA_DIGITS = range(10, 13)
_BIG_CITY_AREA = frozenset("012")
"""010, 020 … 029: areas of three digits; all others have four."""


def rewrite(rules: Iterable[NumberRule], number: str) -> str:
    """Apply the rule of the longest prefix; a number that no rule names stays as it is."""
    best: NumberRule | None = None
    for rule in rules:
        if number.startswith(rule.prefix) and (best is None or len(rule.prefix) > len(best.prefix)):
            best = rule
    return number if best is None else best.prepend + number[best.strip :]


def presented(number: str) -> str:
    """Return a caller's number as it was presented, or "" for a withheld one: networks write words then (anonymous, unavailable)."""
    return number if any(sign.isdigit() for sign in number) else ""


def dialled(text: str) -> str:
    """Return the digits that are dialled: without punctuation and our own country code, `+` as 00; "" when it is no number."""
    number = text.strip().translate(_PUNCTUATION)
    for own in ("+86", "0086"):
        if number.startswith(own):
            number = number[len(own) :]
            if number and not number.startswith("0") and not _is_mobile(number):
                number = f"0{number}"  # +86 10 8400 0000 is 010 8400 0000
            break
    if number.startswith("+"):
        number = ABROAD + number[1:]
    return number if number.isascii() and number.isdigit() and len(number) <= DIGITS_MAX else ""


def callable_back(text: str) -> str:
    """Return the number under which a citizen can be called back in the country, or "" (withheld, short, abroad)."""
    number = dialled(text)
    if number.startswith(ABROAD):
        return ""
    if number.startswith("1"):
        return number if _is_mobile(number) else ""
    if number.startswith("0"):
        low = len(number) - (3 if number[1:2] in _BIG_CITY_AREA else 4)
        return number if len(number) in _AREA_DIGITS and low in _LOCAL_DIGITS else ""
    return number if len(number) in _LOCAL_DIGITS and number[0] in "23456789" else ""


def mobile_number(text: str) -> str:
    """Return a number that takes short messages: a Chinese mobile (11 digits) or one abroad (00…); "" for all others."""
    number = dialled(text)
    if number.startswith("86") and len(number) == _MOBILE_DIGITS + 2:
        number = number[2:]
    if number.startswith(ABROAD):
        return number if len(number) in _ABROAD_DIGITS else ""
    return number if _is_mobile(number) else ""


def _is_mobile(number: str) -> bool:
    return len(number) == _MOBILE_DIGITS and number[0] == "1" and number[1] in "3456789"
