"""The values of a call in its flow: what variables there are, how they are set and computed, and how a value is said."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from hotline.core import events as e
from hotline.core import speaking
from hotline.core.call import Call
from hotline.core.confidential import tells
from hotline.core.expression import Compiled, ExpressionFailed, Kind, Value, as_text
from hotline.core.expression_values import as_kind_or_empty
from hotline.core.floor import Floor
from hotline.core.flow_field_lists import Piece

CONFIDENTIAL = "the message tells a confidential value"
"""Written down instead of what went wrong, where that would tell one."""
_VALUE_MAX = 200
_WHAT_MAX = 200


def spoken(floor: Floor, call: Call, at: datetime, piece: Piece) -> tuple[str, ...]:
    """Return the prompts that say this piece; a value that cannot be said is left out."""
    if piece.value is None:
        return (piece.prompt,) if piece.prompt is not None else ()
    text = as_text(computed(floor, call, at, piece.value, ""))[:_VALUE_MAX]
    try:
        return _SAYINGS[piece.kind](text)
    except (ValueError, InvalidOperation, AssertionError):
        return ()


_SAYINGS: dict[str, Callable[[str], tuple[str, ...]]] = {
    "digits": speaking.digits,
    "number": lambda text: speaking.decimal(Decimal(text)),
    "phone": speaking.telephone_number,
    "id_number": speaking.id_number,
    "date": lambda text: speaking.calendar_date(date.fromisoformat(text)),
    "time": lambda text: speaking.clock_time(time.fromisoformat(text)),
    "amount": lambda text: speaking.amount(round(Decimal(text) * 100)),
}


def variables_of(floor: Floor, call: Call, at: datetime) -> dict[str, Any]:
    """Return the call's variables with those the system knows, the flow's defaults and the global parameters."""
    local = at + timedelta(minutes=floor.index.site.offset_min)
    flow = floor.index.flow(call.flow_id, call.flow_version) if call.flow_id is not None else None
    first = flow is not None and flow.format == 1
    return {
        **(flow.defaults if flow is not None else {}),
        **floor.index.parameters(call.authority_id),
        "ani": call.ani,
        "dnis": call.dnis,
        "today": local.date().isoformat(),
        "now": f"{local:%H:%M}",
        "weekday": str(local.isoweekday()) if first else local.isoweekday(),
        **call.variables,
    }


def computed(
    floor: Floor,
    call: Call,
    at: datetime,
    expression: Compiled,
    otherwise: Value,
    more: dict[str, Any] | None = None,
) -> Value:
    """Return the value of an expression over the call's variables and `more`; `otherwise` when it has none, which is written down."""
    try:
        return expression({**variables_of(floor, call, at), **(more or {})})
    except ExpressionFailed as failed:
        trouble(floor, call, at, str(failed))
        return otherwise


def trouble(floor: Floor, call: Call, at: datetime, what: str) -> None:
    """Write down that an expression of the node had no value."""
    if call.flow_id is not None and call.node_id is not None:
        if tells(call, what):
            what = CONFIDENTIAL
        floor.emit(
            e.FlowTroubled(
                at=at,
                authority_id=call.authority_id,
                call_id=call.call_id,
                flow_id=call.flow_id,
                node_id=call.node_id,
                what=what[:_WHAT_MAX],
            )
        )


def set_variable(
    floor: Floor, call: Call, at: datetime, name: str, value: Value, *, secret: bool = False
) -> None:
    """Give a variable of the call a value, as the kind that the flow says it holds; what tells a confidential one is confidential."""
    flow = floor.index.flow(call.flow_id, call.flow_version) if call.flow_id is not None else None
    kind: Kind = flow.kinds.get(name, "text") if flow is not None else "text"
    text = as_text(as_kind_or_empty(value, kind))
    floor.emit(
        e.VariableSet(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            name=name,
            value=text,
            secret=secret or tells(call, text),
            kind=kind,
        )
    )


def served(floor: Floor, call: Call, at: datetime, service: str) -> None:
    """The caller got what they came for, if the node says so."""
    if service:
        floor.emit(e.SelfServed(at=at, authority_id=call.authority_id, call_id=call.call_id, service=service))


def keys_pressed(floor: Floor, call: Call, at: datetime, keys: str, label: str, *, accepted: bool) -> None:
    """Write down the caller's answer to a question."""
    assert call.flow_id is not None and call.node_id is not None
    floor.emit(
        e.KeysPressed(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            flow_id=call.flow_id,
            node_id=call.node_id,
            keys=keys,
            accepted=accepted,
            label=label,
        )
    )
