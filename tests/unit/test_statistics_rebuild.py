"""`hotline statistics rebuild` waits for a busy statistics process, and says what is true of it."""

import httpx
import pytest

from hotline.cli.statistics import EXIT_NO_ANSWER, EXIT_NOT_RUNNING, rebuild_and_wait
from hotline.ports.statistics import StatisticsStatus, StatisticsUnavailable

pytestmark = pytest.mark.req("STA-0")


def at(watermark: int, done: float | None, head: int = 100) -> StatisticsStatus:
    return StatisticsStatus(
        watermark=watermark,
        behind=head - watermark,
        projected_at=None,
        rebuilding=done,
        calls=watermark // 10,
    )


LATE = StatisticsUnavailable("late")


class Told:
    """Answers in turn; the last one for ever."""

    def __init__(self, *answers: StatisticsStatus | StatisticsUnavailable) -> None:
        self._answers = list(answers)
        self.rebuilt = 0

    async def rebuild(self) -> None:
        self.rebuilt += 1

    async def status(self) -> StatisticsStatus:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, StatisticsUnavailable):
            raise answer
        return answer


async def test_an_answer_that_comes_late_is_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    told = Told(at(100, None), at(0, 0.0), at(94, 0.94), LATE, LATE, at(94, 0.94), at(100, None))
    assert await rebuild_and_wait(told, every_s=0) == 0
    assert told.rebuilt == 1
    assert "重建完成，通话 10" in capsys.readouterr().out


async def test_a_process_that_began_again_in_the_middle_is_not_finished(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = Told(at(100, None), at(50, 0.5), LATE, at(60, None, head=105), at(101, None, head=105))
    assert await rebuild_and_wait(told, every_s=0) == 0
    assert "重建完成，通话 10，已处理事件 101" in capsys.readouterr().out


async def test_silence_ends_after_the_patience_and_does_not_say_that_nothing_runs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await rebuild_and_wait(Told(at(100, None), LATE), every_s=0, patience_s=0) == EXIT_NO_ANSWER
    assert "久未答复" in capsys.readouterr().err


async def test_a_process_too_busy_to_answer_at_once_is_asked_again() -> None:
    busy = StatisticsUnavailable("late")
    busy.__cause__ = httpx.ReadTimeout("late")
    told = Told(busy, busy, at(90, None), at(0, 0.0), at(100, None))
    assert await rebuild_and_wait(told, every_s=0) == 0
    assert told.rebuilt == 1


async def test_without_a_process_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    told = Told(LATE)
    assert await rebuild_and_wait(told, every_s=0) == EXIT_NOT_RUNNING
    assert told.rebuilt == 0
    assert "没有运行" in capsys.readouterr().err
