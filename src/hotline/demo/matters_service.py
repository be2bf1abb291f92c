"""The demo's card service over HTTP: what a social-security office would run, in small. Flows ask it like any other system.

Only on a demo site, only from this machine, only with its key, which lies in the secret store of the demo's data source.
"""

import hmac
import re
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Header, Request
from fastapi.responses import JSONResponse

from hotline.demo.matters import CARDS
from hotline.platform.access import public
from hotline.platform.sealing import sealer_of

PATH = "/demo/matters"
KEY_HEADER = "X-Demo-Key"
_ID_NUMBER = re.compile(r"[0-9]{17}[0-9X]")


def demo_key(data: Path) -> str:
    """The key of the demo's card service: made of the installation's own secret, equal at every start."""
    return sealer_of(data).digest("demo card service")


def add_matters(app: FastAPI, data: Path) -> None:
    """Serve the cards' progress."""
    key = demo_key(data)
    cards = {number: {"state": state, "since": since} for number, state, since in CARDS}

    @app.get(
        PATH + "/cards/{id_number}",
        include_in_schema=False,
        dependencies=[
            public("the demo's own service with invented records, asked with a key from this machine")
        ],
    )
    async def card_progress(
        request: Request, id_number: str, given: Annotated[str, Header(alias=KEY_HEADER)] = ""
    ) -> Any:
        local = request.client is not None and request.client.host in {"127.0.0.1", "::1"}
        if not local or not hmac.compare_digest(given, key):
            return JSONResponse({"code": 1, "message": "no key"}, status_code=401)
        if not _ID_NUMBER.fullmatch(id_number):
            return JSONResponse({"code": 2, "message": "no ID number"}, status_code=400)
        card = cards.get(id_number)
        if card is None:
            return JSONResponse({"code": 3, "message": "no record"}, status_code=404)
        return {"code": 0, "card": card}
