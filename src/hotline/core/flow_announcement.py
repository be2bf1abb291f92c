"""The node that plays what is announced to callers of this hotline today (公告)."""

from dataclasses import dataclass
from typing import Annotated

from hotline.core import flow_kinds as kinds
from hotline.core.flow_fields import ExitField, FlagField, Words
from hotline.core.flow_kinds import NodeKind
from hotline.core.ids import NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementNode:
    """Play the announcements in force; go on at once when there is none."""

    next: Annotated[NodeId, ExitField(title=Words("下一步", "Next"))]
    interruptible: Annotated[
        bool,
        FlagField(
            title=Words("可按键打断", "Keys interrupt"),
            about=Words("按下的键留给下一个菜单", "Keys are kept for the next menu"),
        ),
    ] = True


ANNOUNCEMENT = NodeKind(
    kind="announcement",
    node=AnnouncementNode,
    group="speak",
    name=Words("公告", "Announcement"),
    about=Words(
        "播放这条热线今天的公告（在“公告”页维护），没有公告就直接往下走",
        "Plays what is announced today; goes on at once when nothing is",
    ),
)
kinds.register(ANNOUNCEMENT)
