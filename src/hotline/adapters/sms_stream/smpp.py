"""SMPP 3.4 as a dialect of the line: a transceiver."""

from datetime import datetime

from hotline.adapters.sms_stream.dialect import Answer, BadStream, Frame, FromCitizen, Question, Report
from hotline.ports.sms_gateway import SmppLine
from hotline.wire import smpp
from hotline.wire.smpp import Command, Pdu
from hotline.wire.sms_text import Part, read_part

_ANSWERS = {
    Command.SUBMIT_SM_RESP,
    Command.BIND_TRANSCEIVER_RESP,
    Command.ENQUIRE_LINK_RESP,
    Command.GENERIC_NACK,
}
_REASONS = {
    0x05: "已经登录",
    0x0B: "目的号码无效",
    0x0A: "源号码无效",
    0x0D: "登录失败",
    0x0E: "密码错误",
    0x0F: "系统标识错误",
    0x14: "对方队列已满",
    0x58: "发送过快",
}


class SmppDialect:
    """One connection to a message centre."""

    def __init__(self, line: SmppLine) -> None:
        self._line = line
        self._decoder = smpp.SmppDecoder()

    def feed(self, data: bytes) -> list[Frame]:
        try:
            return [frame for pdu in self._decoder.feed(data) if (frame := self._frame(pdu)) is not None]
        except smpp.SmppError as broken:
            raise BadStream(str(broken)) from broken

    def _frame(self, pdu: Pdu) -> Frame | None:
        if pdu.command in _ANSWERS:
            return _answer(pdu)
        match pdu.command:
            case Command.DELIVER_SM:
                return self._news(pdu)
            case Command.ENQUIRE_LINK:
                return Question(_reply(pdu, Command.ENQUIRE_LINK_RESP))
            case Command.UNBIND:
                return Question(_reply(pdu, Command.UNBIND_RESP), ends=True)
            case _ if pdu.response:
                return None
            case _:
                return Question(smpp.encode(Pdu(Command.GENERIC_NACK, 0x03, pdu.sequence)))

    def _news(self, pdu: Pdu) -> Frame:
        said = smpp.read_deliver(pdu.body)
        reply = smpp.encode(Pdu(Command.DELIVER_SM_RESP, smpp.OK, pdu.sequence, b"\0"))
        if said.receipt:
            found = smpp.read_receipt(said)
            if found is None:
                return Question(reply)
            message_id, word = found
            return Report(message_id, word, word not in smpp.UNFINISHED, reply)
        fragment = read_part(said.payload, said.coding, has_header=said.udhi)
        return FromCitizen(said.source, said.destination, fragment, "", reply)

    def log_in(self, sequence: int, now: datetime) -> bytes:
        _ = now
        line = self._line
        body = smpp.bind(line.system_id, line.password, line.system_type, "")
        return smpp.encode(Pdu(Command.BIND_TRANSCEIVER, smpp.OK, sequence, body))

    def submit(self, sequence: int, to: str, part: Part) -> bytes:
        message = smpp.Submit(
            source=self._line.source,
            source_ton=self._line.source_ton,
            source_npi=self._line.source_npi,
            destination=to,
            coding=part.coding,
            udhi=part.has_header,
            payload=part.payload,
        )
        return smpp.encode(Pdu(Command.SUBMIT_SM, smpp.OK, sequence, smpp.submit(message)))

    def sign_of_life(self, sequence: int) -> bytes:
        return smpp.encode(Pdu(Command.ENQUIRE_LINK, smpp.OK, sequence))

    def goodbye(self, sequence: int) -> bytes:
        return smpp.encode(Pdu(Command.UNBIND, smpp.OK, sequence))


def _answer(pdu: Pdu) -> Answer:
    if pdu.status != smpp.OK or pdu.command == Command.GENERIC_NACK:
        return Answer(
            pdu.sequence,
            code=f"smpp_{pdu.status:#06x}",
            reason=_REASONS.get(pdu.status, f"SMPP 错误码 {pdu.status:#010x}"),
            retryable=pdu.status in smpp.TRANSIENT,
            throttled=pdu.status in smpp.THROTTLED,
        )
    gateway_id = smpp.message_id_of(pdu.body) if pdu.command == Command.SUBMIT_SM_RESP else ""
    return Answer(pdu.sequence, gateway_id)


def _reply(pdu: Pdu, command: Command) -> bytes:
    return smpp.encode(Pdu(command, smpp.OK, pdu.sequence))
