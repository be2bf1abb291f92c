"""What our processes ask of their surroundings so that calls are never late: the scheduler's favour."""

import asyncio
import contextlib
import os
import resource
import signal
import threading
import time
from dataclasses import dataclass
from types import FrameType
from typing import Final

import structlog

log = structlog.stdlib.get_logger(__name__)

AUDIO: Final = 1
ROUTING: Final = 2
"""One above FreeSWITCH's sessions (1 with `-rp`), far below its clocks (99)."""
AGAIN_S: Final = 5.0
_RUNAWAY_US: Final = 1_000_000
"""A thread of real time that has not waited for so long has gone astray."""
_REST_S: Final = 0.0001


@dataclass(slots=True)
class _Loop:
    level: int = 0
    again: asyncio.TimerHandle | None = None


_here = threading.local()
_loop = _Loop()


def _step_back(_number: int, _frame: FrameType | None) -> None:
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def _real_time(level: int) -> bool:
    with contextlib.suppress(OSError):
        if (os.cpu_count() or 1) > 1:
            os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(level))
            hard = resource.getrlimit(resource.RLIMIT_RTTIME)[1]
            resource.setrlimit(resource.RLIMIT_RTTIME, (_RUNAWAY_US, hard))
            time.sleep(_REST_S)  # the count for RLIMIT_RTTIME begins anew, also after an earlier run
            return True
    return False


def favour_audio() -> str:
    """Let this thread go before everything else that wants a core; return how ("real_time", "nice" or "normal").

    On two cores with nine processes wanting them, relaying was measured to take 54–69 ms (p99) as an ordinary process and 0.2–1.6 ms
    in real time. Threads begun later are ordinary ones again. A lone core is not given away; a thread that runs for a second
    without ever waiting (a bug) becomes an ordinary one; where the system does not allow it (RLIMIT_RTPRIO, CAP_SYS_NICE) things
    stay as they are. Call it in the main thread.
    """
    signal.signal(signal.SIGXCPU, _step_back)
    if _real_time(AUDIO):
        return "real_time"
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, -10)
        return "nice"
    return "normal"


def favour_routing() -> str:
    """Let this event loop go before the sessions of a FreeSWITCH on the same machine; return how ("real_time" or "normal").

    FreeSWITCH runs in real time itself (`-rp`), so an ordinary loop gets what its hundreds of threads leave: on two cores at 20 calls a
    second an offer was measured to take 263 ms in the middle and 712 ms (p99) from the decision to the INVITE, against 11 and 30 ms with
    this. What `favour_audio` says of other threads, lone cores and missing permission holds here; a loop that runs for a second
    without waiting is an ordinary one for `AGAIN_S`. Call it in the main thread, from the running loop.
    """
    loop = asyncio.get_running_loop()

    def step_back(number: int, frame: FrameType | None) -> None:
        _loop.level = 0
        _step_back(number, frame)
        loop.call_soon_threadsafe(_try_again_later)

    signal.signal(signal.SIGXCPU, step_back)
    if not _real_time(ROUTING):
        return "normal"
    _loop.level = ROUTING
    return "real_time"


def favour_routing_no_more() -> None:
    """Make this loop an ordinary one for good, before the process ends: no handler catches SIGXCPU any more when Python takes itself apart."""
    _loop.level = 0
    if _loop.again is not None:
        _loop.again.cancel()
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def _try_again_later() -> None:
    log.warning("routing_stepped_back", for_s=AGAIN_S)
    _loop.again = asyncio.get_running_loop().call_later(AGAIN_S, favour_routing)


def keep_up_with_the_loop() -> None:
    """Let the calling thread go as early as the loop that waits for it does."""
    if getattr(_here, "level", 0) != _loop.level:
        if _loop.level:
            _real_time(_loop.level)
        else:
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        _here.level = _loop.level
