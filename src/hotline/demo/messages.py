"""Short messages of the demo site: a line that records and sends nothing, so that people see in the outbox what would leave."""

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.sms.lines import RecordingFields
from hotline.features.sms.models import SmsGatewayRow
from hotline.platform.people import ROOT_AUTHORITY

_GATEWAY = "demo"


async def add_messages(session: AsyncSession) -> None:
    """Make the line, unless there is one."""
    if await session.get(SmsGatewayRow, _GATEWAY) is not None:
        return
    session.add(
        SmsGatewayRow(
            id=_GATEWAY,
            authority_id=ROOT_AUTHORITY,
            name="演示网关（只记录，不发送）",
            kind="recording",
            settings=RecordingFields().model_dump(),
            secret="",
            notify_token="",
            per_second=10,
            position=10,
            active=True,
        )
    )
