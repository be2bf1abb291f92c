"""The knowledge part of report 19: searches by channel, answers, readings and opinions of a span; as data and as a table for files."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.knowledge.schemas_figures import (
    AskedInVain,
    ChannelFigures,
    KnowledgeFigures,
    ReadArticle,
)
from hotline.features.knowledge.search_repository import UseRepository
from hotline.platform.actor import Actor
from hotline.platform.own_reports import OwnFigure, OwnReport
from hotline.platform.tabular import Cell, Sheet
from hotline.platform.times import CHINA

CHANNELS: Final = {
    "desk": "座席台",
    "page": "知识库页",
    "suggest": "通话推荐",
    "web": "市民网页",
    "ivr": "电话",
}
_LISTED: Final = 20

_FIGURES: Final = (
    OwnFigure(key="searches", name="检索次数", name_en="Searches", unit="count", words="座席台、通话推荐、网页与电话的检索次数", formula="searches"),
    OwnFigure(key="answered", name="有答案次数", name_en="Answered", unit="count", words="最好的词条足以作为答案的检索次数", formula="answered"),
    OwnFigure(key="nothing_found", name="未找到次数", name_en="Nothing found", unit="count", words="一条词条也没有找到的检索次数", formula="nothing_found"),
    OwnFigure(key="answered_rate", name="检索命中率", name_en="Answered, share", unit="ratio", words="有答案次数 ÷ 检索次数", formula="answered / searches"),
    OwnFigure(key="reads", name="阅读次数", name_en="Readings", unit="count", words="词条被打开的次数", formula="reads"),
    OwnFigure(key="solved", name="已解决", name_en="Solved", unit="count", words="反馈“已解决”的次数", formula="solved"),
    OwnFigure(key="unsolved", name="未解决", name_en="Not solved", unit="count", words="反馈“未解决”的次数", formula="unsolved"),
    OwnFigure(key="solved_rate", name="解决率", name_en="Solved, share", unit="ratio", words="已解决 ÷（已解决 + 未解决）", formula="solved / (solved + unsolved)"),
    OwnFigure(key="articles", name="正式词条数", name_en="Official articles", unit="count", words="现在的正式词条数", formula="articles"),
)  # fmt: skip
FOR_CATALOGUE: Final = OwnReport(
    key="knowledge", number=19, name="知识库使用", name_en="Knowledge base", path="/knowledge-report", family="knowledge",
    about="检索、命中、未找到、阅读与反馈；按渠道；热门词条和没有答案的问题", figures=_FIGURES,
    told="知识库按检索、阅读与反馈的时间计入，不分口径",
)  # fmt: skip
"""How the catalogue and the dictionary know it."""


async def figures(session: AsyncSession, actor: Actor, start: datetime, end: datetime) -> KnowledgeFigures:
    """Count a span (its end exclusive) in the actor's sight."""
    use = UseRepository(session)
    rows = await use.figures(actor, start, end)
    solved, unsolved = await use.opinions(actor, start, end)
    first = start.astimezone(CHINA).date()
    last = (end - timedelta(seconds=1)).astimezone(CHINA).date()
    searches, answered = sum(row[1] for row in rows), sum(row[2] for row in rows)
    return KnowledgeFigures(
        searches=searches,
        answered=answered,
        nothing_found=sum(row[3] for row in rows),
        answered_rate=answered / searches if searches else None,
        reads=await use.readings(actor, first, last),
        solved=solved,
        unsolved=unsolved,
        solved_rate=solved / (solved + unsolved) if solved + unsolved else None,
        articles=await use.readable_count(actor),
        channels=[
            ChannelFigures(channel=row[0], searches=row[1], answered=row[2], nothing_found=row[3])
            for row in rows
        ],
        hot=[
            ReadArticle(id=row[0], title=row[1], reads=row[2], solved=row[3], unsolved=row[4])
            for row in await use.most_read(actor, first, last, _LISTED)
        ],
        missing=[
            AskedInVain(question=question, times=times)
            for question, times in await use.asked_in_vain(actor, start, end, _LISTED)
        ],
    )


def figures_sheet(made: KnowledgeFigures, start: datetime, end: datetime, by: str) -> Sheet:
    """The figures as a table: totals, channels, hot articles, questions without an answer."""
    rows: list[list[Cell]] = []
    for figure in _FIGURES:
        value = getattr(made, figure.key)
        shown = f"{value:.2%}" if figure.unit == "ratio" and value is not None else value
        rows.append(["合计", figure.name, shown])
    rows += [
        [f"渠道：{CHANNELS.get(one.channel, one.channel)}", "检索次数", one.searches] for one in made.channels
    ]
    rows += [["热门词条", one.title, one.reads] for one in made.hot]
    rows += [["没有答案的问题", one.question, one.times] for one in made.missing]
    days = [at.astimezone(CHINA).strftime("%Y-%m-%d") for at in (start, end - timedelta(seconds=1))]
    return Sheet(
        title="知识库使用",
        about=(
            f"知识库使用　{days[0]} 至 {days[1]}　导出人 {by}",
            *(f"{figure.name}：{figure.words}" for figure in _FIGURES),
        ),
        header=("分组", "项目", "数值"),
        rows=rows,
    )
