"""SMS gateways over one TCP connection that stays: SMPP 3.4 and CMPP 2.0."""

from hotline.adapters.sms_stream.cmpp import CmppDialect
from hotline.adapters.sms_stream.line import StreamGateway
from hotline.adapters.sms_stream.smpp import SmppDialect

__all__ = ["CmppDialect", "SmppDialect", "StreamGateway"]
