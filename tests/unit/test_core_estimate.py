"""The estimated wait: its formula, how it is said, and that it is learnt from the queue's own talks."""

import pytest

from hotline.core import estimate, speaking
from hotline.core.routing import QueueLine
from tests.unit.core_bench import Bench, queue
from tests.unit.queue_bench import wide_site


def line(at_work: int, handled_s: float, wrapped_s: float = 0.0, talks: int = 5) -> QueueLine:
    """A line that knows its handling times."""
    made = QueueLine()
    made.at_work = at_work
    for _ in range(talks):
        made.handled.add(handled_s)
        made.wrapped.add(wrapped_s)
    return made


@pytest.mark.req("ACD-2")
def test_the_third_in_line_waits_three_departures() -> None:
    assert estimate.wait_s(line(6, 150.0, 30.0), 3) == pytest.approx(90.0)


@pytest.mark.req("ACD-2")
def test_nothing_is_said_that_is_not_known() -> None:
    assert estimate.wait_s(line(0, 100.0), 1) is None
    assert estimate.wait_s(line(3, 100.0, talks=2), 1) is None


@pytest.mark.req("ACD-2")
@pytest.mark.parametrize(
    "seconds,said",
    [(0, "wait_under_minute"), (59, "wait_under_minute"), (1801, "wait_long")],
)
def test_short_and_very_long_waits_have_words_of_their_own(seconds: float, said: str) -> None:
    assert estimate.spoken(seconds) == (said,)


@pytest.mark.req("ACD-2")
@pytest.mark.parametrize(
    "seconds,text", [(60, "一分钟"), (61, "两分钟"), (150, "三分钟"), (1800, "三十分钟")]
)
def test_minutes_are_rounded_up_and_said_as_people_do(seconds: float, text: str) -> None:
    before, *words = estimate.spoken(seconds)
    assert before == "wait_before"
    assert speaking.text_of(word for word in words if isinstance(word, speaking.Word)) == text


@pytest.mark.req("ACD-2")
def test_the_wait_is_learnt_from_talks_and_after_call_work_and_spoken_with_the_position() -> None:
    bench = Bench(wide_site(queues=[queue(announce_wait=True, message=None)]))
    bench.sign_in("1001")
    for _ in range(3):
        call = bench.call_in()
        bench.up(bench.offered_leg(call))
        bench.at = bench.at.replace(minute=bench.at.minute + 3)
        bench.down(bench.citizen(call))
        bench.fire("pause")
    bench.call_in()
    bench.call_in()
    assert bench.playing() == ("position_next", "wait_before", "say_4", "say_minutes")
    now = bench.centre.queue(queue().id)
    assert now is not None
    assert now.estimated_wait_s == pytest.approx(2 * (181 + 30), abs=3)
