"""How long a caller will wait, as it is shown and spoken (预计等待时间). Knows no clock.

With all s agents at work busy and handling times of mean AHT, a call leaves the line every AHT / s on average, so that the caller at
place p waits p x AHT / s: the conditional mean of the M/M/s queue (Kleinrock, Queueing Systems I, 3.5; the wait behind p - 1 others in
Erlang's C model). AHT is the rolling mean of the queue's own talks and after-call work. Agents who serve several queues count fully in
each, so for shared queues the estimate is a lower one.
"""

from hotline.core import speaking
from hotline.core.ids import PromptKey
from hotline.core.routing import QueueLine

LEARNT = 3
"""So many talks must have ended before an estimate is spoken."""
LONGEST_MIN = 30
BEFORE, UNDER_A_MINUTE, LONG = (
    PromptKey("wait_before"),
    PromptKey("wait_under_minute"),
    PromptKey("wait_long"),
)


def wait_s(line: QueueLine, position: int) -> float | None:
    """Return the mean wait in seconds of the caller at this place; None when nobody is at work or too little is known."""
    if position == 1 and line.ready and not line.waiting:
        return 0.0
    if line.at_work <= 0 or line.handled.count < LEARNT:
        return None
    return position * (line.handled.mean_s + line.wrapped.mean_s) / line.at_work


def spoken(seconds: float) -> tuple[str, ...]:
    """Return the prompts that say it as people do: whole minutes, rounded up, from one to half an hour.

    150 s are 大约需要等待三分钟.
    """
    if seconds < 60:
        return (UNDER_A_MINUTE,)
    minutes = -int(-seconds // 60)
    if minutes > LONGEST_MIN:
        return (LONG,)
    return (BEFORE, *speaking.count(minutes, speaking.Word.MINUTES))
