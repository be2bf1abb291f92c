"""Print every requirement of the specification with the tests that show it, then those that no test shows yet.

Tests name their requirements with `@pytest.mark.req("ACD-3")`. They are collected, not run.
"""

import contextlib
import io
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.requirements import known_requirements  # noqa: E402 - the path above makes it importable


class Collector:
    """A pytest plugin that remembers which test functions show which requirement."""

    def __init__(self) -> None:
        self.tests: defaultdict[str, set[str]] = defaultdict(set)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note the marks of everything collected; cases of one parametrised test count once."""
        for item in session.items:
            for mark in item.iter_markers("req"):
                for name in mark.args:
                    self.tests[name].add(item.nodeid.partition("[")[0])


def main() -> int:
    """Collect and print; the exit status is pytest's when collection itself failed."""
    collector = Collector()
    listing = io.StringIO()
    with contextlib.redirect_stdout(listing):
        status = pytest.main(["--collect-only", "-q"], [collector])
    if status not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        print(f"{listing.getvalue()}\nsome tests could not be collected (see above)")
        return int(status)
    known = known_requirements()
    for name, title in known.items():
        if tests := sorted(collector.tests[name]):
            print(f"{name:<8}{title}")
            print("".join(f"        {test}\n" for test in tests), end="")
    without = [name for name in known if not collector.tests[name]]
    print(
        f"\nshown by tests: {len(known) - len(without)} of {len(known)}; not yet: {' '.join(without) or 'none'}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
