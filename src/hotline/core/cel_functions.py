"""The functions that expressions of flows have beside those of CEL: pure, total, and bounded by the length of their text."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from hotline.core import id_card
from hotline.core.expression import Kind

_NOT_A_NUMBER = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function as the designer offers it."""

    name: str
    takes: tuple[Kind, ...]
    yields: Kind
    about: str
    about_en: str
    example: str
    compute: Callable[..., Any]


def _number(text: str) -> float:
    """Return the number that is written; what is none equals nothing, and is neither above nor below anything."""
    try:
        return float(text) if len(text) <= 32 and text.isascii() and "_" not in text else _NOT_A_NUMBER
    except ValueError:
        return _NOT_A_NUMBER


def _left(text: str, count: int) -> str:
    return text[: max(0, count)]


def _right(text: str, count: int) -> str:
    return text[-count:] if count > 0 else ""


def _part(text: str, start: int, count: int) -> str:
    begin = max(1, start) - 1
    return text[begin : begin + max(0, count)]


def _digits(text: str) -> str:
    return "".join(one for one in text if one.isascii() and one.isdigit())


def _birthday(text: str) -> str:
    return f"{text[6:10]}-{text[10:12]}-{text[12:14]}" if id_card.is_valid(text) else ""


def _mobile(text: str) -> bool:
    return len(text) == 11 and text.isascii() and text.isdigit() and text[0] == "1" and text[1] in "3456789"


def _date_valid(text: str) -> bool:
    """Tell whether eight digits are a day of the calendar."""
    return date_of(text) is not None


def _iso_date(text: str) -> str:
    day = date_of(text)
    return day.isoformat() if day is not None else ""


def date_of(text: str) -> date | None:
    """Return the day that is keyed in as eight digits (20261128), or None."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


FUNCTIONS: tuple[Function, ...] = (
    Function(
        name="number",
        takes=("text",),
        yields="number",
        about="把文字读成数；不是数时与任何数都不相等，也不大不小",
        about_en="Read text as a number; what is none equals nothing",
        example="number(age) >= 60.0",
        compute=_number,
    ),
    Function(
        name="left",
        takes=("text", "int"),
        yields="text",
        about="文字的前几位",
        about_en="The first characters",
        example='left(ani, 3) == "138"',
        compute=_left,
    ),
    Function(
        name="right",
        takes=("text", "int"),
        yields="text",
        about="文字的末几位",
        about_en="The last characters",
        example="right(id_number, 4)",
        compute=_right,
    ),
    Function(
        name="part",
        takes=("text", "int", "int"),
        yields="text",
        about="从第几位起取几位（第一位是 1）",
        about_en="So many characters from a place on (the first is 1)",
        example="part(id_number, 7, 8)",
        compute=_part,
    ),
    Function(
        name="digits",
        takes=("text",),
        yields="text",
        about="只留下数字",
        about_en="Only the digits",
        example='digits("010-8400 0000")',
        compute=_digits,
    ),
    Function(
        name="id_card_valid",
        takes=("text",),
        yields="flag",
        about="是否合格的身份证号码：长度、出生日期、校验位（GB 11643）",
        about_en="Whether it is a valid identity number (GB 11643): length, date of birth, check digit",
        example="id_card_valid(id_number)",
        compute=id_card.is_valid,
    ),
    Function(
        name="id_card_birthday",
        takes=("text",),
        yields="text",
        about="身份证号码里的出生日期（2026-11-28）；号码不对时为空",
        about_en="The date of birth in an identity number; empty when the number is wrong",
        example="id_card_birthday(id_number)",
        compute=_birthday,
    ),
    Function(
        name="mobile",
        takes=("text",),
        yields="flag",
        about="是否手机号码",
        about_en="Whether it is a mobile number of China",
        example="mobile(ani)",
        compute=_mobile,
    ),
    Function(
        name="date_valid",
        takes=("text",),
        yields="flag",
        about="八位数字是否真有这一天（20261128）",
        about_en="Whether eight digits are a day of the calendar",
        example="date_valid(day)",
        compute=_date_valid,
    ),
    Function(
        name="iso_date",
        takes=("text",),
        yields="text",
        about="把八位数字写成日期（20261128 → 2026-11-28）；没有这一天时为空",
        about_en="Eight digits as a date; empty when there is no such day",
        example="iso_date(day) < today",
        compute=_iso_date,
    ),
)
