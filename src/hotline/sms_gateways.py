"""Make SMS gateways for lines: the one place that knows the adapters of every protocol."""

from datetime import datetime
from typing import assert_never

from hotline.adapters.sms_http import HttpGateway
from hotline.adapters.sms_recording import RecordingGateway
from hotline.adapters.sms_stream import CmppDialect, SmppDialect, StreamGateway
from hotline.platform.times import CHINA
from hotline.ports.sms_gateway import AnyLine, CmppLine, HttpLine, RecordingLine, SmppLine, SmsGateway


def _local_now() -> datetime:
    """Gateways sign with local time (CMPP 2.0, section 7.4.1.1)."""
    return datetime.now(CHINA)


def make_gateway(line: AnyLine) -> SmsGateway:
    """Return a gateway that is not connected yet."""
    match line:
        case SmppLine():
            return StreamGateway(
                lambda: SmppDialect(line), (line.host, line.port), now=_local_now, tls=line.tls
            )
        case CmppLine():
            return StreamGateway(lambda: CmppDialect(line), (line.host, line.port), now=_local_now)
        case HttpLine():
            return HttpGateway(line)
        case RecordingLine():
            return RecordingGateway(line, now=_local_now)
        case _:
            assert_never(line)
