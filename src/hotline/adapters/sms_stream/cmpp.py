"""CMPP 2.0 as a dialect of the line: a service provider at a gateway of China Mobile."""

from datetime import datetime

from hotline.adapters.sms_stream.dialect import Answer, BadStream, Frame, FromCitizen, Question, Report
from hotline.ports.sms_gateway import CmppLine
from hotline.wire import cmpp
from hotline.wire.cmpp import Command, Pdu
from hotline.wire.sms_text import Part, read_part


class CmppDialect:
    """One connection to a gateway."""

    def __init__(self, line: CmppLine) -> None:
        self._line = line
        self._decoder = cmpp.CmppDecoder()

    def feed(self, data: bytes) -> list[Frame]:
        try:
            return [frame for pdu in self._decoder.feed(data) if (frame := self._frame(pdu)) is not None]
        except cmpp.CmppError as broken:
            raise BadStream(str(broken)) from broken

    def _frame(self, pdu: Pdu) -> Frame | None:
        match pdu.command:
            case Command.CONNECT_RESP:
                status = cmpp.read_connect_result(pdu.body)
                reason = cmpp.CONNECT_RESULTS.get(status, "")
                return Answer(pdu.sequence, code=f"cmpp_connect_{status}" if status else "", reason=reason)
            case Command.SUBMIT_RESP:
                return _submitted(pdu)
            case Command.ACTIVE_TEST_RESP:
                return Answer(pdu.sequence)
            case Command.DELIVER:
                return self._news(pdu)
            case Command.ACTIVE_TEST:
                return Question(cmpp.encode(Pdu(Command.ACTIVE_TEST_RESP, pdu.sequence, b"\0")))
            case Command.TERMINATE:
                return Question(cmpp.encode(Pdu(Command.TERMINATE_RESP, pdu.sequence)), ends=True)
            case _:
                return None

    def _news(self, pdu: Pdu) -> Frame:
        said = cmpp.read_deliver(pdu.body)
        body = cmpp.deliver_answer(said.message_id)
        reply = cmpp.encode(Pdu(Command.DELIVER_RESP, pdu.sequence, body))
        if said.report:
            message_id, word = cmpp.read_report(said.payload)
            return Report(message_id, word, word not in cmpp.UNFINISHED, reply)
        fragment = read_part(said.payload, said.coding, has_header=said.udhi)
        return FromCitizen(said.source, said.destination, fragment, said.message_id, reply)

    def log_in(self, sequence: int, now: datetime) -> bytes:
        timestamp = int(f"{now:%m%d%H%M%S}")
        body = cmpp.connect(self._line.enterprise, self._line.secret, timestamp)
        return cmpp.encode(Pdu(Command.CONNECT, sequence, body))

    def submit(self, sequence: int, to: str, part: Part) -> bytes:
        message = cmpp.Submit(
            enterprise=self._line.enterprise,
            service=self._line.service,
            source=self._line.source,
            destination=to,
            part=part.number,
            of=part.of,
            coding=part.coding,
            udhi=part.has_header,
            payload=part.payload,
        )
        return cmpp.encode(Pdu(Command.SUBMIT, sequence, cmpp.submit(message)))

    def sign_of_life(self, sequence: int) -> bytes:
        return cmpp.encode(Pdu(Command.ACTIVE_TEST, sequence))

    def goodbye(self, sequence: int) -> bytes:
        return cmpp.encode(Pdu(Command.TERMINATE, sequence))


def _submitted(pdu: Pdu) -> Answer:
    message_id, result = cmpp.read_submit_result(pdu.body)
    if result == 0:
        return Answer(pdu.sequence, message_id)
    return Answer(
        pdu.sequence,
        code=f"cmpp_{result}",
        reason=cmpp.SUBMIT_RESULTS.get(result, f"CMPP 结果码 {result}"),
        retryable=result in cmpp.TRANSIENT,
        throttled=result == cmpp.FLOW_CONTROL,
    )
