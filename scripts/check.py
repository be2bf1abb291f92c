"""Run every check of the project, two at a time, and say, one line each, what held and how long it took.

The steps are independent: all run, and the first failure hides none of the others. A failed step's output follows its line.
Names given as arguments choose steps: `python scripts/check.py ruff types`.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
STEP_DEADLINE_S = 600
AT_ONCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One check: what it is called, what it runs, and where."""

    name: str
    command: tuple[str, ...]
    folder: str = "."


STEPS = (  # the longest first
    Step(name="types", command=("basedpyright",)),
    Step(name="web", command=("npm", "run", "--silent", "check"), folder="web"),
    Step(name="format", command=("ruff", "format", "--check", "--output-format", "concise", ".")),
    Step(name="lint", command=("ruff", "check", "--output-format", "concise", ".")),
    Step(name="layers", command=("lint-imports", "--no-logo")),
    Step(name="patterns", command=("ast-grep", "scan", "--error")),
    Step(name="patterns-hold", command=("ast-grep", "test", "--skip-snapshot-tests")),
    Step(name="dependencies", command=("deptry", "src")),
    Step(name="spelling", command=("typos",)),
    Step(name="locks", command=("python", "scripts/check_locks.py")),
    Step(name="migrations", command=("python", "scripts/check_migrations.py")),
    Step(name="generated", command=("python", "scripts/generate.py", "--check")),
)


def run(step: Step) -> bool:
    """Run one step, print its line (and its output when it failed), and say whether it held."""
    started = time.monotonic()
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    try:
        done = subprocess.run(
            step.command,
            cwd=ROOT / step.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=STEP_DEADLINE_S,
            check=False,
        )
        held, output = done.returncode == 0, done.stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        held, output = False, f"{error}\n"
    line = f"{'ok  ' if held else 'FAIL'} {step.name:<14} {time.monotonic() - started:6.1f} s"
    print(line if held else f"{line}\n{output}", flush=True)
    return held


def main(names: list[str]) -> int:
    """Run the named steps, or all; return the exit status."""
    unknown = set(names) - {step.name for step in STEPS}
    if unknown:
        print(f"no such check: {', '.join(sorted(unknown))}; there are: {', '.join(s.name for s in STEPS)}")
        return 2
    chosen = [step for step in STEPS if not names or step.name in names]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        failed = [step.name for step, held in zip(chosen, pool.map(run, chosen), strict=True) if not held]
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
