"""Read the State Council's notice on a year's holidays (国务院办公厅关于部分节假日安排的通知), as people paste it.

Every sentence is checked against itself: the weekday in brackets must be that of the date, "共N天" must be the number of days.
What does not fit is reported and left to the person; nothing is guessed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from hotline.features.hours.calendar import SATURDAY, NationalDay

SPAN_MAX_DAYS = 15
"""The longest holiday that is believed."""
_HOLIDAYS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
_SECTION = re.compile(r"(?:^|[\n。])\s*[一二三四五六七八九十]+[、.．]\s*(?P<names>[^：:\n]{2,20})[：:]")
_DATE = (
    r"(?:(?P<y{0}>\d{{4}})年)?(?:(?P<m{0}>\d{{1,2}})月)?(?P<d{0}>\d{{1,2}})日(?P<b{0}>（[^）]*）|\([^)]*\))?"
)
_SPAN = re.compile(_DATE.format(1) + r"(?:\s*(?:至|到|-|—|–)\s*" + _DATE.format(2) + r")?")
_COUNT = re.compile(r"共(?P<n>\d{1,2})天")
_WEEKDAY = re.compile(r"(?:周|星期)([一二三四五六日天])")
_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}


@dataclass(slots=True)
class Notice:
    """What was read, in order of date, and what does not fit, in Chinese."""

    days: list[NationalDay] = field(default_factory=list[NationalDay])
    problems: list[str] = field(default_factory=list[str])


def read_notice(year: int, text: str) -> Notice:
    """Read the notice for `year`. Days of the neighbouring years that it names are kept too."""
    notice = Notice()
    found: dict[str, NationalDay] = {}
    for name, body in _sections(text):
        for sentence in re.split(r"[。；;\n]", body):
            for day in _sentence(year, name, sentence, notice.problems):
                if found.setdefault(day.day, day).works is not day.works:
                    notice.problems.append(f"{day.day} 既写了放假又写了上班")
    if not found:
        notice.problems.append(
            "没有找到放假安排：请粘贴通知全文，例如“一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。”"
        )
    elif missing := [name for name in _HOLIDAYS if not any(name in day.name for day in found.values())]:
        notice.problems.append(f"通知里没有读到：{'、'.join(missing)}")
    notice.days = [found[day] for day in sorted(found)]
    return notice


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name of each holiday and what is written about it."""
    heads = list(_SECTION.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)]
    for head, end in zip(heads, ends, strict=False):
        yield head["names"].strip(), text[head.end() : end]


def _sentence(year: int, name: str, sentence: str, problems: list[str]) -> Iterator[NationalDay]:
    works = "上班" in sentence
    if not works and "放假" not in sentence:
        return
    days: list[date] = []
    for span in _SPAN.finditer(sentence):
        days += _days(year, span, days[-1] if days else None, problems)
    count = _COUNT.search(sentence)
    if count is not None and not works and int(count["n"]) != len(days):
        problems.append(f"{name}：通知写共{count['n']}天，读到{len(days)}天（{sentence.strip()}）")
    for day in days:
        if works and day.weekday() < SATURDAY:
            problems.append(f"{day.isoformat()} 不是周末，却写了上班")
        yield NationalDay(day.isoformat(), works, f"{name}调休上班" if works else name)


def _days(year: int, span: re.Match[str], before: date | None, problems: list[str]) -> list[date]:
    try:
        first = _date(span, "1", before or date(year, 1, 1), year)
        last = _date(span, "2", first, year) if span["d2"] else first
    except ValueError:
        problems.append(f"没有这样的日期：{span[0]}")
        return []
    if last < first and span["y2"] is None and first.month == 12:  # from December into January
        last = last.replace(year=first.year + 1)
    for side, day in (("b1", first), ("b2", last)):
        said = _WEEKDAY.search(span[side] or "")
        if said is not None and _WEEKDAYS[said[1]] != day.weekday():
            problems.append(f"{day.isoformat()} 不是{said[0]}，请核对通知的年份")
    length = (last - first).days + 1
    if not 1 <= length <= SPAN_MAX_DAYS:
        problems.append(f"起止日期不对：{span[0]}")
        return []
    return [first + timedelta(days=n) for n in range(length)]


def _date(span: re.Match[str], side: str, near: date, year: int) -> date:
    """Return a date whose year or month may be left out: the month is that of the date before it."""
    written_year = int(span[f"y{side}"]) if span[f"y{side}"] else (near.year if side == "2" else year)
    return date(
        written_year, int(span[f"m{side}"]) if span[f"m{side}"] else near.month, int(span[f"d{side}"])
    )
