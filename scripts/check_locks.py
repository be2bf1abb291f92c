"""Hold the lock files against what the project names: every pin must be locked at that version.

That is requirements/*.lock against pyproject.toml, and web/package-lock.json against web/package.json. Works offline;
`make lock` and `npm install` resolve again.
"""

import json
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def pins(text: str) -> dict[str, str]:
    """Package names (normalised as PEP 503 says) and versions of all `name==version` in a text."""
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in PIN.findall(text)}


def python_complaints() -> list[str]:
    """What is out of step between pyproject.toml and requirements/, one sentence each."""
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


def web_complaints() -> list[str]:
    """What is out of step between package.json and package-lock.json, one sentence each."""
    named: dict[str, dict[str, str]] = json.loads((ROOT / "web" / "package.json").read_text(encoding="utf-8"))
    lock: dict[str, dict[str, dict[str, str]]] = json.loads(
        (ROOT / "web" / "package-lock.json").read_text(encoding="utf-8")
    )
    found: list[str] = []
    for name, version in {**named["dependencies"], **named["devDependencies"]}.items():
        locked = lock["packages"].get(f"node_modules/{name}", {})
        if locked.get("version") != version:
            found.append(f"package-lock.json: {name} is {locked.get('version')}, package.json says {version}")
        elif "integrity" not in locked:
            found.append(f"package-lock.json: {name} has no hash")
    return found


if __name__ == "__main__":
    wrong = python_complaints() + web_complaints()
    print("\n".join([*wrong, "run: make lock, or npm install in web/"]) if wrong else "locks agree")
    sys.exit(bool(wrong))
