"""An application whose pages were made ready has nothing left to work out when its first request comes."""

from typing import Annotated, Any

import httpx
from fastapi import APIRouter, FastAPI
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema

from hotline.http_app import make_ready


class Counted:
    """Counts how often somebody works out what a parameter looks like."""

    times = 0

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        Counted.times += 1
        return handler(source)


async def test_routes_are_worked_out_before_the_first_request() -> None:
    inner = APIRouter(prefix="/inner")

    @inner.get("/{word}")
    def say(word: Annotated[str, Counted()]) -> str:
        return word

    outer = APIRouter(prefix="/outer")
    outer.include_router(inner)
    app = FastAPI()
    app.include_router(outer)
    written = Counted.times

    make_ready(app)
    ready = Counted.times
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        assert (await client.get("/outer/inner/here")).json() == "here"

    assert Counted.times == ready
    assert ready > written, (
        "FastAPI works routes out when they are written: make_ready has no purpose any more"
    )
