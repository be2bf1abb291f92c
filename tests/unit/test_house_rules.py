"""The house rules that no linter holds: sizes, promises, purity of core and wire, words that do not belong."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.requirements import known_requirements

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "hotline"
MODULES = sorted(SOURCE.rglob("*.py"))
ALL_PYTHON = [
    *MODULES,
    *(path for name in ("tests", "scripts", "bench") for path in (ROOT / name).rglob("*.py")),
]
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 400
SPECIFICATION = ROOT.parent / "shared" / "spec" / "requirements.md"
# Left-over work and pretence, in every language here. (SIP's own reason phrase is "Not Implemented".)
UNFINISHED = re.compile(
    r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError|(?i:placeholder data|fake data)|[Nn]ot implemented|暂未实现|敬请期待"
)
# Registries and the tools of one workplace do not belong into a project that anybody may build.
FOREIGN = re.compile(
    r"(pypi|files\.pythonhosted|registry\.npmjs|deb\.debian)\.(org|python)|/work/\.|\.library/"
)
TEXT_SUFFIXES = {".py", ".ts", ".vue", ".md", ".toml", ".yml", ".yaml", ".json", ".sh", ".lock", ".txt", ""}
PURE_THIRD_PARTY = {
    "aiosipua": {"message", "headers", "header_codec", "sdp", "auth"}
}  # wire only: parsers without sockets
COMPUTES_ONLY = {"src/hotline/core/cel.py": "cel_expr_python"}  # ADR 10: no clock, chance, file or network
COMPILED_ROWS = "src/hotline/core/metrics/"
"""Facts are msgspec structs: a class with compiled fields, and likewise no clock, chance, file or network."""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    files = (ROOT / name for name in listed.stdout.split("\0") if name)
    return [
        path for path in files if path.suffix in TEXT_SUFFIXES and path.is_file() and path != Path(__file__)
    ]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_files_stay_small() -> None:
    lines = {name_of(path): path.read_text(encoding="utf-8").count("\n") for path in ALL_PYTHON}
    assert not {name: count for name, count in lines.items() if count > FILE_LINES_MAX}


def test_functions_stay_small() -> None:
    found = [(name_of(path), node) for path in ALL_PYTHON for node in functions(parsed(path))]
    assert not [
        f"{name}: {node.name} {length(node)}" for name, node in found if length(node) > FUNCTION_LINES_MAX
    ]


def test_every_module_opens_with_its_promise() -> None:
    assert not [
        name_of(path) for path in ALL_PYTHON if path.stat().st_size and not ast.get_docstring(parsed(path))
    ]


def test_core_and_wire_import_the_standard_library_only() -> None:
    rings = [(path, path.relative_to(SOURCE).parts[0]) for path in MODULES]
    pure = [(path, ring) for path, ring in rings if ring in {"core", "wire"}]
    assert pure
    assert not [
        f"{name_of(path)}: {module}"
        for path, ring in pure
        for module in imported_modules(path)
        if not allowed_in_ring(module, ring)
        and COMPUTES_ONLY.get(name_of(path)) != module
        and not (module.split(".")[0] == "msgspec" and name_of(path).startswith(COMPILED_ROWS))
    ]


def imported_modules(path: Path) -> list[str]:
    found: list[str] = []
    for node in ast.walk(parsed(path)):
        match node:
            case ast.Import(names=names):
                found += [alias.name for alias in names]
            case ast.ImportFrom(module=str(module), names=names):
                found += [module] if module != "aiosipua" else [f"aiosipua.{alias.name}" for alias in names]
            case _:
                pass
    return found


def allowed_in_ring(module: str, ring: str) -> bool:
    top, _, rest = module.partition(".")
    if top == "hotline":
        return rest.partition(".")[0] in {"core", "wire"}
    if ring == "wire" and top in PURE_THIRD_PARTY:
        return rest.partition(".")[0] in PURE_THIRD_PARTY[top]
    return top in sys.stdlib_module_names


def test_nothing_is_left_unfinished_or_pretended() -> None:
    assert not lines_with(
        UNFINISHED, [path for path in tracked_files() if path.suffix in {".py", ".ts", ".vue"}]
    )


def test_no_registry_and_no_workplace_is_named() -> None:
    assert not lines_with(FOREIGN, tracked_files())


def lines_with(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    return [
        f"{name_of(path)}:{number}: {line.strip()[:100]}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


def test_every_make_target_is_described() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    listed = re.findall(r"^\.PHONY: (help .*)$", makefile, re.MULTILINE)[0].split()
    described = re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE)
    assert sorted(listed) == sorted(described)


def test_requirement_list_is_in_step_with_the_specification() -> None:
    if not SPECIFICATION.exists():
        pytest.skip("the specification lies beside the checkout only on the project's own machines")
    specified = set(
        re.findall(r"^- ([A-Z]{2,4}-\d+) ", SPECIFICATION.read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert specified == {name for name in known_requirements() if not name.startswith("STA-")}


def test_every_dependency_is_explained() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    names = re.findall(r'^    "([A-Za-z0-9-]+)(?:\[[^\]]*\])?==', pyproject, re.MULTILINE)
    rows = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    assert not [name for name in names if f"| {name} |" not in rows]


def test_scripts_may_be_executed() -> None:
    shell = [*(ROOT / "scripts").glob("*.sh"), ROOT / ".ci" / "run"]
    assert not [name_of(path) for path in shell if not os.access(path, os.X_OK)]
