"""Run every benchmark of this folder, one after another, and print their tables under a line that names the machine.

A benchmark is a module here that runs as `python -m bench.NAME` and prints its table in Markdown; each runs in a process
of its own, so that none inherits another's memory or event loop. Names given as arguments choose some of them.
"""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
DEADLINE_S = 1800


def machine() -> str:
    """One line that says on what the figures were taken."""
    cpu = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
            break
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores of {cpu}, {memory_gib:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def benchmarks() -> list[str]:
    """The names of the benchmarks, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; return 1 when one of them failed or is unknown."""
    unknown = sorted(set(names) - set(benchmarks()))
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(benchmarks())}")
        return 1
    print(f"# Benchmarks\n\n{machine()}")
    failed: list[str] = []
    for name in names or benchmarks():
        print(f"\n## {name}\n", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", f"bench.{name}"], cwd=FOLDER.parent, timeout=DEADLINE_S, check=False
        )
        if done.returncode:
            failed.append(name)
    if failed:
        print(f"\nfailed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
