"""Hold requirements/*.lock against pyproject.toml: every named pin must be locked at that version.

Works offline; `make lock` resolves again.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def pins(text: str) -> dict[str, str]:
    """Package names (normalised as PEP 503 says) and versions of all `name==version` in a text."""
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in PIN.findall(text)}


def complaints() -> list[str]:
    """What is out of step, one sentence each."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    base: list[str] = project["project"]["dependencies"]
    groups: dict[str, list[str]] = project["dependency-groups"]
    extras: dict[str, list[str]] = project["project"]["optional-dependencies"]
    found: list[str] = []
    for lock, wanted in {
        "base": base,
        "dev": base + groups["dev"],
        "speech": base + extras["speech"],
    }.items():
        locked = pins((ROOT / "requirements" / f"{lock}.lock").read_text(encoding="utf-8"))
        for requirement in wanted:
            named = pins(requirement)
            if not named:
                found.append(f"pyproject.toml: {requirement} is not pinned with ==")
            found += [
                f"{lock}.lock: {name} is {locked.get(name, 'missing')}, pyproject.toml says {version}"
                for name, version in named.items()
                if locked.get(name) != version
            ]
    return found


if __name__ == "__main__":
    wrong = complaints()
    print("\n".join([*wrong, "run: make lock"]) if wrong else "locks agree with pyproject.toml")
    sys.exit(bool(wrong))
