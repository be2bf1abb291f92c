"""Write the interface description and the web client's types again, or with `--check` say whether they are in step.

web/openapi.json comes from the application; web/src/shared/api/generated.ts comes from it by openapi-typescript. Both are
committed, so that a reader sees a change of the interface in the diff.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from hotline.http_app import create_app

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
DESCRIPTION = WEB / "openapi.json"
TYPES = WEB / "src" / "shared" / "api" / "generated.ts"
DEADLINE_S = 120


def describe(target: Path) -> None:
    """Write the application's interface description to `target`."""
    text = json.dumps(create_app().openapi(), ensure_ascii=False, indent=1)
    target.write_text(f"{text}\n", encoding="utf-8")


def type_it(description: Path, target: Path) -> None:
    """Write the TypeScript types of an interface description to `target`."""
    tool = WEB / "node_modules" / ".bin" / "openapi-typescript"
    command = [tool, description, "--output", target]
    subprocess.run(command, cwd=WEB, check=True, timeout=DEADLINE_S, stdout=subprocess.DEVNULL)


def out_of_step() -> list[str]:
    """The committed files that differ from what would be generated now."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = {DESCRIPTION: Path(folder) / DESCRIPTION.name, TYPES: Path(folder) / TYPES.name}
        describe(fresh[DESCRIPTION])
        type_it(fresh[DESCRIPTION], fresh[TYPES])
        return [
            str(committed.relative_to(ROOT))
            for committed, made in fresh.items()
            if not committed.exists() or committed.read_bytes() != made.read_bytes()
        ]


def main() -> int:
    """Generate, or check; return the exit status."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when a file is out of step"
    )
    if arguments.parse_args().check:
        different = out_of_step()
        print(
            f"out of step: {', '.join(different)}; run: make gen"
            if different
            else "generated files are in step"
        )
        return bool(different)
    describe(DESCRIPTION)
    TYPES.parent.mkdir(parents=True, exist_ok=True)
    type_it(DESCRIPTION, TYPES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
