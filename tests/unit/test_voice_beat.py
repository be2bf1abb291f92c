"""The 20 ms beat and the voice process's place among other processes."""

import asyncio
import os
import subprocess
import sys
import time
from itertools import pairwise

import pytest

from hotline.adapters.embedded import ticker
from hotline.adapters.embedded.ticker import PERIOD_S, Ticker

PROBE = """
import os, threading
from hotline.platform.priority import favour_audio
how, found = favour_audio(), []
thread = threading.Thread(target=lambda: found.append(os.sched_getscheduler(0))); thread.start(); thread.join()
print(how, os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK, found[0], os.getpriority(os.PRIO_PROCESS, 0))
"""

RUNAWAY = """
import os, time
from hotline.platform.priority import favour_audio
how, until = favour_audio(), time.monotonic() + 5
while os.sched_getscheduler(0) != os.SCHED_OTHER and time.monotonic() < until:
    pass
print(how, os.sched_getscheduler(0) == os.SCHED_OTHER)
"""

ROUTING = """
import asyncio, os, threading, time
from hotline.platform import priority
priority.AGAIN_S = 0.01
def policy(): return os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK
def seen(prepare):
    found = []
    thread = threading.Thread(target=lambda: (prepare(), found.append(policy()))); thread.start(); thread.join()
    return found[0]
async def main():
    how = priority.favour_routing()
    told = [how, policy(), seen(lambda: None), seen(priority.keep_up_with_the_loop)]
    until = time.monotonic() + 5
    while policy() != os.SCHED_OTHER and time.monotonic() < until: pass
    told += [policy(), seen(priority.keep_up_with_the_loop)]
    while how == "real_time" and policy() != os.SCHED_RR: await asyncio.sleep(0.01)
    print(*told, policy())
asyncio.run(main())
"""


def test_the_loop_that_routes_goes_first_with_the_thread_that_writes_and_steps_back_for_a_while() -> None:
    out = subprocess.run([sys.executable, "-c", ROUTING], capture_output=True, text=True, check=True)
    how, *policies = out.stdout.splitlines()[-1].split()
    real, plain = str(os.SCHED_RR), str(os.SCHED_OTHER)
    if how == "real_time":
        assert policies == [real, plain, real, plain, plain, real]
    else:
        assert set(policies) == {plain}


def test_a_thread_that_never_waits_loses_its_privilege() -> None:
    out = subprocess.run(
        [sys.executable, "-c", RUNAWAY], capture_output=True, text=True, check=True
    ).stdout.split()
    assert out[1] == "True"


def test_audio_goes_first_as_far_as_the_system_allows_and_other_threads_do_not() -> None:
    out = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, check=True
    ).stdout.split()
    how, policy, thread_policy, nice = out[0], int(out[1]), int(out[2]), int(out[3])
    assert (how, policy == os.SCHED_RR, nice == -10) in {
        ("real_time", True, False),
        ("nice", False, True),
        ("normal", False, False),
    }
    assert thread_policy == os.SCHED_OTHER


async def test_beats_are_due_exactly_one_period_apart_whatever_their_lateness() -> None:
    due: list[int] = []
    enough = asyncio.Event()

    def beat(now: int) -> None:
        due.append(now)
        if len(due) == 12:
            enough.set()
        if len(due) == 4:
            time.sleep(0.05)  # a stall of two and a half beats is made up for

    beats = Ticker(beat)
    beats.start()
    await asyncio.wait_for(enough.wait(), 10)
    beats.stop()
    beats.stop()
    steps = {round((b - a) / 8000 / PERIOD_S, 1) for a, b in pairwise(due)}
    assert steps == {1.0}


async def test_after_a_long_stall_beats_are_left_out_and_a_fault_does_not_end_the_beat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ticker, "MAX_CATCH_UP", 3)
    due: list[int] = []
    enough = asyncio.Event()
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: faults.append(context["exception"])
    )

    def beat(now: int) -> None:
        due.append(now)
        if len(due) == 2:
            time.sleep(0.2)
            raise ValueError("a bug")
        if len(due) == 5:
            enough.set()

    beats = Ticker(beat)
    beats.start()
    await asyncio.wait_for(enough.wait(), 10)
    beats.stop()
    assert beats.skipped >= 6
    assert due[2] - due[1] >= 0.18 * 8000
    assert [type(fault) for fault in faults] == [ValueError]
