"""Who of a parallel run's workers takes which test files: what waits for real sound must not queue behind what only computes.

The files that start programs and listen to them spend most of their time waiting, yet want the processor at once when the sound
comes. `AT_ONCE` workers take those, any further worker takes the others at a lower priority and fills the gaps. With no
more workers than `AT_ONCE` this is xdist's own distribution by file.
"""

import os

import pytest
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

AT_ONCE = 2
"""How many files with real sound run at once: with three, on two cores, sound came late."""
LOWER = 5
"""By how much the workers that only compute stand back."""
REAL_TIME = ("tests/e2e/", "tests/contract/", "tests/integration/test_")
"""Where the files lie that start programs and listen to them."""
SILENT = tuple(
    f"tests/{name}.py"
    for name in (
        "contract/test_clickhouse_store",
        "contract/test_embedder",
        "contract/test_files",
        "contract/test_freeswitch_traces",
        "contract/test_recognizer",
        "contract/test_report_statements",
        "contract/test_sms_gateway",
        "e2e/test_flow_designer",
        "e2e/test_survey_link",
        "e2e/test_ticket_journey",
        "e2e/test_wall_board",
        "integration/test_audit_begins",
        "integration/test_confidential",
        "integration/test_data_folder",
        "integration/test_database_gone",
        "integration/test_database_silent",
        "integration/test_doctor_speech",
        "integration/test_embedded_signalling_access",
        "integration/test_embedded_signalling_websocket",
        "integration/test_ipc",
        "integration/test_journal",
        "integration/test_kept_places",
        "integration/test_lease",
        "integration/test_mail",
        "integration/test_recovery",
        "integration/test_runtime",
        "integration/test_sources",
        "integration/test_speech_synthesizer",
        "integration/test_statistics_ahead",
        "integration/test_statistics_long_states",
    )
)
"""Files that lie there and listen to nothing: they may wait, and be slow."""
LONG = tuple(
    f"tests/{name}.py"
    for name in (
        "e2e/test_chaos",
        "e2e/test_control_room",
        "e2e/test_desk_verbs_browser",
        "e2e/test_verbs",
        "e2e/test_wall_board",
        "integration/test_database_gone",
        "integration/test_standby",
        "simulation/test_erlang",
        "simulation/test_oracle",
    )
)
"""Files of more than about two minutes: begun first, so that none of them is what all others wait for in the end."""


def is_calm(scope: str) -> bool:
    """Whether nothing in this file depends on real time."""
    return scope.startswith(SILENT) or not scope.startswith(REAL_TIME)


def has_second_try(nodeid: str) -> bool:
    """Whether a failure of this test is tried once more: it waits for programs in real time, and the machine may have stood still.

    The run prints both tries with their tracebacks, so that nothing comes and goes unseen. Never for chaos: what it finds once it found.
    """
    return nodeid.startswith(REAL_TIME) and not nodeid.startswith("tests/e2e/test_chaos")


def stands_back(worker: str) -> bool:
    """Whether the worker of this name (`gw3`) is one of those that take nothing with real sound."""
    return int(worker.removeprefix("gw")) >= AT_ONCE


def make_way() -> None:
    """Lower this process's priority if it is a worker that stands back."""
    if stands_back(os.environ.get("PYTEST_XDIST_WORKER", "gw0")):
        os.nice(LOWER)


class RealTimeFirst(LoadFileScheduling):
    """Distribution by file in which some workers begin with the files of `REAL_TIME` and the others leave them alone."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        """Give the worker the file that suits it best, or nothing."""
        if (scope := self._fit(node)) is not None:
            self.workqueue.move_to_end(scope, last=False)
            super()._assign_work_unit(node)

    def _reschedule(self, node: WorkerController) -> None:
        """Give the worker more, or let it go when nothing is left that it may take."""
        if self.workqueue and self._fit(node) is None:
            node.shutdown()
        else:
            super()._reschedule(node)

    def _fit(self, node: WorkerController) -> str | None:
        long_first = sorted(self.workqueue, key=lambda scope: not scope.startswith(LONG))
        calm = next((scope for scope in long_first if is_calm(scope)), None)
        if stands_back(node.gateway.id):
            return calm
        return next((scope for scope in long_first if not is_calm(scope)), calm)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> RealTimeFirst:
    """Distribute as said above (hook of pytest-xdist)."""
    return RealTimeFirst(config, log)  # pyright: ignore[reportArgumentType]
