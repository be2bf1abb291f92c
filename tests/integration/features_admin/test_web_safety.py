"""What answers tell browsers, and bodies that are too large."""

from collections.abc import AsyncIterator

import pytest

from hotline.platform.web_safety import BODY_MAX, SAFETY_HEADERS, UPLOAD_MAX
from tests.integration.features_admin.conftest import World


async def test_every_answer_tells_browsers_what_to_refuse(world: World) -> None:
    admin = await world.log_in("admin")
    for answer in (
        await admin.get("/users"),
        await world.client().get("/users"),
        await world.client().get("/nowhere"),
    ):
        assert {name: answer.headers.get(name) for name in SAFETY_HEADERS} == SAFETY_HEADERS
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "content_type,most", [("application/json", BODY_MAX), ("multipart/form-data; boundary=b", UPLOAD_MAX)]
)
@pytest.mark.parametrize("announced", [True, False])
async def test_a_stranger_cannot_send_more_than_is_allowed(
    world: World, content_type: str, most: int, announced: bool
) -> None:
    path = "/session" if content_type == "application/json" else "/prompts"
    piece = b"x" * 65_536
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
        while taken < 2 * most:
            taken += len(piece)
            yield piece

    headers = {"Content-Type": content_type} | ({"Content-Length": str(2 * most)} if announced else {})
    answer = await world.client().post(path, content=endless(), headers=headers)
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"
    assert taken <= (len(piece) if announced else most + 2 * len(piece))
