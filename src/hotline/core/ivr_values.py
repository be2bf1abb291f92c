"""The values of a call in its flow: what variables there are, and how a value is said."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from hotline.core import speaking
from hotline.core.call import Call
from hotline.core.expression import as_text
from hotline.core.floor import Floor
from hotline.core.flow_nodes import Piece

_VALUE_MAX = 200


def spoken(piece: Piece, variables: dict[str, str]) -> tuple[str, ...]:
    """Return the prompts that say this piece; a value that cannot be said is left out."""
    if piece.value is None:
        return (piece.prompt,) if piece.prompt is not None else ()
    text = as_text(piece.value(variables))[:_VALUE_MAX]
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


def variables_of(floor: Floor, call: Call, at: datetime) -> dict[str, str]:
    """Return the call's variables with those the system knows: ani, dnis, today, now, weekday (1 = Monday)."""
    local = at + timedelta(minutes=floor.index.site.offset_min)
    return {
        "ani": call.ani,
        "dnis": call.dnis,
        "today": local.date().isoformat(),
        "now": f"{local:%H:%M}",
        "weekday": str(local.isoweekday()),
        **call.variables,
    }
