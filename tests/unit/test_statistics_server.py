"""The statistics process's door: who vanishes in the middle of a question leaves no fault behind."""

from typing import Any, cast
from unittest.mock import Mock

import pytest

from hotline.adapters.statistics_sql.server import Service, application


@pytest.mark.parametrize("path", ["/ask", "/detail", "/rows"])
async def test_who_is_killed_in_the_middle_of_a_question_leaves_no_fault(path: str) -> None:
    coming = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    told: list[Any] = []

    async def receive() -> Any:
        return next(coming)

    async def send(message: Any) -> None:
        told.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "headers": [], "query_string": b""}
    await application(cast("Service", Mock()))(scope, receive, send)
    assert told[0]["status"] == 400
