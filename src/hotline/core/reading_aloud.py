"""Running Chinese text as it is read aloud: dates, times, amounts, percentages, telephone and identity numbers, counts.

`in_words` writes every numeral as the characters that people say for it, so that a synthesiser reads them as they do. Knows no
audio, no dictionary and no clock. What cannot be a date or a time (2026-13-45) is read as the digits that stand there.
"""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from hotline.core import speaking
from hotline.core.speaking import Word, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

CODE_DIGITS: Final = 5
"""From here on a whole number in running text is a code (a telephone, window or case number) and is read digit by digit."""
_SHORT_NUMBERS: Final = frozenset({"110", "112", "114", "119", "120", "122"})
_PAUSE: Final = "，"
_COUNT_DIGITS_MAX: Final = 12
_GROUP_DIGITS: Final = 4
_LETTERS: Final = {"X": "艾克斯", "A": "诶", "B": "必", "C": "西", "D": "弟", "E": "伊"}
_COUNTED: Final = "个位名件份张项次天年周岁户台辆本页套种条人元块分秒小万亿"
"""Before these, 2 is 两: 两个, 两位, 两万. 小 is for 两小时, 分 for 两分钟."""
_COMMAS: Final = re.compile(r"(?<!\d)\d{1,3}(?:,\d{3})+(?![\d,])")
_LETTER: Final = re.compile(r"(?<![A-Za-z])[A-EX](?![A-Za-z])")
_DASH: Final = r"\s*[-–—~～至]+\s*"
_CLOCK: Final = r"(?<![\d:])(\d{1,2})[:：](\d{2})(?:[:：]\d{2})?(?![\d:])"
_NUMBER: Final = r"(?<![\d.])-?\d+(?:\.\d+)?"


def in_words(text: str) -> str:
    """Return `text` with every numeral written as the characters that are spoken for it."""
    text = _COMMAS.sub(_grouped, text.strip())
    for pattern, say in _RULES:
        text = pattern.sub(say, text)
    return _LETTER.sub(lambda found: _LETTERS[found[0]], text)


def _grouped(found: re.Match[str]) -> str:
    """A number with commas is a count, never a code; its point or its unit is left to the other rules."""
    written = found[0].replace(",", "")
    follows = found.string[found.end() : found.end() + 1]
    return written if follows in {".", "元"} or len(written) > _COUNT_DIGITS_MAX else _whole(written)


def _full_date(found: re.Match[str]) -> str:
    try:
        return text_of(speaking.calendar_date(date(int(found[1]), int(found[2]), int(found[3]))))
    except ValueError:
        return text_of(speaking.digits(f"{found[1]}{found[2]}{found[3]}"))


def _year(found: re.Match[str]) -> str:
    return "".join(text_of(speaking.cardinal(int(digit))) for digit in found[1]) + "年"


def _month_day(found: re.Match[str]) -> str:
    return f"{_whole(found[1])}月{_whole(found[2])}{found[3]}"


def _clock(found: re.Match[str]) -> str:
    try:
        return text_of(speaking.clock_time(time(int(found[1]), int(found[2]))))
    except ValueError:
        return f"{_whole(found[1])}比{_whole(found[2])}"  # a score, not a time


def _clock_range(found: re.Match[str]) -> str:
    return re.sub(_CLOCK, _clock, found[1]) + "至" + re.sub(_CLOCK, _clock, found[4])


def _amount(found: re.Match[str]) -> str:
    try:
        return text_of(speaking.amount(int(Decimal(found[1]) * 100)))
    except (InvalidOperation, AssertionError):
        return f"{_plain(found[1])}元"


def _percent(found: re.Match[str]) -> str:
    return f"百分之{_plain(found[1])}"


def _identity(found: re.Match[str]) -> str:
    groups = speaking.id_number(found[0].upper())
    return _with_pauses(groups)


def _telephone(found: re.Match[str]) -> str:
    area, number = (found[1], found[2]) if found.lastindex else ("", found[0])
    words: list[Word] = [*speaking.digits(area), Word.PAUSE] if area else []
    if area and len(number) > _GROUP_DIGITS:
        words += [*speaking.digits(number[:-_GROUP_DIGITS]), Word.PAUSE]
        number = number[-_GROUP_DIGITS:]
    return _with_pauses((*words, *speaking.telephone_number(number)))


def _with_pauses(words: tuple[Word, ...]) -> str:
    return "".join(_PAUSE if word is Word.PAUSE else word.text for word in words)


def _counted(found: re.Match[str]) -> str:
    return f"两{found[1]}"


def _keys(found: re.Match[str]) -> str:
    name = {"#": "井号", "*": "星号"}.get(found[2]) or text_of(speaking.cardinal(int(found[2])))
    return f"{found[1]}{name}{'键' if found[2] in '#*' else ''}"


def _any(found: re.Match[str]) -> str:
    return _plain(found[0])


def _plain(written: str) -> str:
    """Read a number by its size, or digit by digit where it is a code."""
    sign, bare = ("负", written[1:]) if written.startswith("-") else ("", written)
    if "." in bare:
        try:
            return sign + text_of(speaking.decimal(Decimal(bare)))
        except ValueError:
            whole, _, rest = bare.partition(".")
            return f"{sign}{text_of(speaking.digits(whole))}点{text_of(speaking.digits(rest))}"
    if len(bare) >= CODE_DIGITS or (bare.startswith("0") and len(bare) > 1) or bare in _SHORT_NUMBERS:
        return sign + text_of(speaking.digits(bare))
    return sign + text_of(speaking.cardinal(int(bare)))


def _whole(written: str) -> str:
    return text_of(speaking.cardinal(int(written)))


_RULES: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]] = (
    (re.compile(r"(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])"), _identity),
    (re.compile(r"(?<!\d)(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?:日|(?!\d))"), _full_date),
    (re.compile(r"(?<!\d)(\d{4})年"), _year),
    (re.compile(r"(?<!\d)(\d{1,2})月(\d{1,2})([日号])"), _month_day),
    (re.compile(rf"({_CLOCK}){_DASH}({_CLOCK})"), _clock_range),
    (re.compile(_CLOCK), _clock),
    (re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"), _telephone),
    (re.compile(r"(?<!\d)(0\d{2,3})-(\d{7,8})(?!\d)"), _telephone),
    (re.compile(r"[￥¥](-?\d+(?:\.\d{1,2})?)(?:元)?(?![\d.万亿])"), _amount),
    (re.compile(r"(?<![\d.])(-?\d+(?:\.\d{1,2})?)元"), _amount),
    (re.compile(r"(?<![\d.])(-?\d+(?:\.\d+)?)[%％]"), _percent),
    (re.compile(r"(按|拨)([#*])键?"), _keys),
    (re.compile(rf"(?<![\d.第])2(?=[{_COUNTED}])([{_COUNTED}])"), _counted),
    (re.compile(_NUMBER), _any),
    (re.compile(r"[0-9]+"), lambda found: text_of(speaking.digits(found[0]))),
)
"""In this order: a longer, surer meaning first."""
