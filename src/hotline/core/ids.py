"""Names of things. An id is an opaque string made outside the core; nothing may be read from its form."""

from collections.abc import Callable
from typing import NewType

AuthorityId = NewType("AuthorityId", str)
"""The organisation (甲方/机构) a thing belongs to; every row and every event carries one."""
CallId = NewType("CallId", str)
LegId = NewType("LegId", str)
"""One telephone connection between the switch and one party."""
VisitId = NewType("VisitId", str)
OfferId = NewType("OfferId", str)
TalkId = NewType("TalkId", str)
PlayId = NewType("PlayId", str)
RecordingId = NewType("RecordingId", str)
InquiryId = NewType("InquiryId", str)
"""A question that a flow asks something outside."""
RoomId = NewType("RoomId", str)
AgentId = NewType("AgentId", str)
DeviceId = NewType("DeviceId", str)
"""The SIP user part a telephone registers with: `1001` (desk phone), `1001-web` (browser phone)."""
QueueId = NewType("QueueId", str)
HotlineId = NewType("HotlineId", str)
TrunkId = NewType("TrunkId", str)
FlowId = NewType("FlowId", str)
NodeId = NewType("NodeId", str)
HoursId = NewType("HoursId", str)
PromptKey = NewType("PromptKey", str)
TimerId = NewType("TimerId", str)

NewId = Callable[[], str]
"""Where the core gets fresh ids from: time-ordered and unique in production, counted in simulation."""
