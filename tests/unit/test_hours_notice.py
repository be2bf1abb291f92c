"""The State Council's notice, as pasted, gives the days that the calendar of that year really had; what does not fit is said."""

import pytest

from hotline.features.hours.calendar import NationalDay, days_of, is_known, published_days
from hotline.features.hours.notice import read_notice

NOTICE_2026 = """国务院办公厅关于2026年部分节假日安排的通知
各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
经国务院批准，现将2026年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫、疫情防控等工作。"""
NOTICE_2023 = """一、元旦：2022年12月31日至2023年1月2日放假调休，共3天。
二、春节：1月21日至27日放假调休，共7天。1月28日（星期六）、1月29日（星期日）上班。
三、清明节：4月5日放假，共1天。
四、劳动节：4月29日至5月3日放假调休，共5天。4月23日（星期日）、5月6日（星期六）上班。
五、端午节：6月22日至24日放假调休，共3天。6月25日（星期日）上班。
六、中秋节、国庆节：9月29日至10月6日放假调休，共8天。10月7日（星期六）、10月8日（星期日）上班。"""


@pytest.mark.req("IVR-4")
@pytest.mark.parametrize("year,text", [(2026, NOTICE_2026), (2023, NOTICE_2023)])
def test_a_real_notice_gives_the_days_of_the_published_calendar(year: int, text: str) -> None:
    notice = read_notice(year, text)
    read = {(day.day, day.works) for day in notice.days if day.day.startswith(str(year))}
    published = {(day.day, day.works) for day in published_days(year) or ()}
    weekend_before = {("2023-12-30", False), ("2023-12-31", False)}  # of the notice of 2024
    assert notice.problems == []
    assert read == published - weekend_before


@pytest.mark.req("IVR-4")
@pytest.mark.parametrize(
    "text,problem",
    [
        (NOTICE_2026.replace("共9天", "共8天"), "通知写共8天，读到9天"),
        (NOTICE_2026.replace("5月9日（周六）", "5月8日（周六）"), "2026-05-08 不是周六"),
        (NOTICE_2026.replace("5月9日（周六）", "5月8日"), "2026-05-08 不是周末"),
        (NOTICE_2026.replace("4月4日", "4月31日"), "没有这样的日期"),
        (NOTICE_2026.replace("5日（周二）", "25日"), "起止日期不对"),
        (NOTICE_2026.replace("六、中秋节", "六、中元节"), "没有读到：中秋节"),
        ("明天放假", "没有找到放假安排"),
    ],
)
def test_what_does_not_fit_in_a_notice_is_said(text: str, problem: str) -> None:
    assert any(problem in said for said in read_notice(2026, text).problems)


@pytest.mark.req("IVR-4")
def test_the_notice_of_another_year_is_not_taken_for_this_one() -> None:
    assert "请核对通知的年份" in read_notice(2027, NOTICE_2026).problems[0]


@pytest.mark.req("IVR-4")
def test_entered_days_win_over_the_published_calendar_and_fill_unknown_years() -> None:
    table = {
        "2026-05-09": None,
        "2026-12-31": NationalDay("2026-12-31", works=False, name="暴雪停工"),
        "2099-01-01": NationalDay("2099-01-01", works=False, name="元旦"),
    }
    days = {day.day: day for day in days_of(2026, table)}
    assert "2026-05-09" not in days
    assert days["2026-12-31"].name == "暴雪停工"
    assert days["2026-10-01"].name == "国庆节"
    assert [day.day for day in days_of(2099, table)] == ["2099-01-01"]
    assert is_known(2099, table)
    assert not is_known(2098, table)
