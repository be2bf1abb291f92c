"""Make the virtual environment and put the pinned `uv` into it.

Needs nothing but the standard library, because it runs before anything is installed. Says in plain words what
a machine lacks. Repeating it repairs a half-made environment and leaves a whole one alone.
"""

import importlib.util
import subprocess
import sys
import venv
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 13)
UV_LOCK = Path(__file__).resolve().parent.parent / "requirements" / "uv.lock"


def refuse(reason: str) -> None:
    """Stop with a message that tells what to do."""
    sys.exit(f"\nCannot make the environment: {reason}\n")


def check_machine() -> None:
    """Refuse a Python that cannot carry the project."""
    found = sys.version_info[:2]
    if not OLDEST <= found <= NEWEST:
        refuse(
            f"{sys.executable} is Python {found[0]}.{found[1]}, but 3.11, 3.12 or 3.13 is needed.\n"
            "Install one of them and name it: make run PYTHON=python3.11"
        )
    if importlib.util.find_spec("ensurepip") is None:
        refuse(
            "this Python comes without `ensurepip`.\n"
            f"On Debian and Ubuntu: apt install python{found[0]}.{found[1]}-venv (as root), then repeat."
        )


def main(folder: str) -> None:
    """Make `folder` a virtual environment with `uv` in it."""
    check_machine()
    python = Path(folder) / "bin" / "python"
    if not python.exists() or subprocess.run([python, "-c", "import pip"], check=False).returncode:
        print(f"making the Python environment in {folder} …")
        venv.EnvBuilder(with_pip=True, clear=python.exists(), symlinks=True).create(folder)
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*command, "--require-hashes", "--requirement", UV_LOCK], check=False)
    if done.returncode:
        refuse("pip could not install `uv` (see above): is the package index reachable?")


if __name__ == "__main__":
    main(sys.argv[1])
