"""The call list as a table to take away."""

from datetime import timedelta

from hotline.core.events import Direction
from hotline.core.numbers import presented
from hotline.features.calls.schemas import CallRow
from hotline.platform.masking import WITHHELD
from hotline.platform.tabular import Cell, Sheet

HEADER = (
    "开始时间", "方向", "热线", "主叫号码", "归属地", "被叫号码", "队列", "座席", "等待时长", "通话时长", "总时长", "结果", "满意度", "录音", "通话编号",
)  # fmt: skip
_DIRECTIONS = {Direction.INBOUND: "呼入", Direction.OUTBOUND: "呼出", Direction.INTERNAL: "内部"}


def sheet(rows: list[CallRow], about: tuple[str, ...]) -> Sheet:
    """Return the rows as a sheet."""
    return Sheet(title="通话记录", about=about, header=HEADER, rows=[cells(row) for row in rows])


def cells(row: CallRow) -> list[Cell]:
    """Return a call as the cells under `HEADER`."""
    return [
        row.started_at,
        _DIRECTIONS[row.direction],
        row.hotline_name,
        _caller(row),
        row.ani_region,
        row.dnis,
        "、".join(queue.name for queue in row.queues),
        "、".join(f"{agent.name}（{agent.number}）" for agent in row.agents),
        _span(row.wait_s),
        _span(row.talk_s),
        _span(row.duration_s),
        row.disposition_name,
        row.survey_label or "",
        "有" if row.has_recording else "",
        row.id,
    ]


def _caller(row: CallRow) -> str:
    if presented(row.ani) or row.direction is not Direction.INBOUND:
        return row.ani
    return "网页来电" if row.web else WITHHELD


def _span(seconds: int | None) -> Cell:
    return None if seconds is None else timedelta(seconds=seconds)
