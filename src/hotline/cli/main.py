"""The command `hotline`: each subcommand is a module of this package, loaded only when it is called for."""

import argparse
import ast
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

_NOT_COMMANDS = {"__init__", "main"}
_NOT_FOR_OTHERS = 0o027
"""Recordings, numbers and the database are for the operator; their group may read (backups), other users may not."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit code."""
    os.umask(os.umask(_NOT_FOR_OTHERS) | _NOT_FOR_OTHERS)
    given = list(sys.argv[1:] if arguments is None else arguments)
    commands = _commands()
    parser = argparse.ArgumentParser(prog="hotline", description="热线：开放的政务热线呼叫中心平台")
    parser.add_argument("--version", action="version", version=f"hotline {version('hotline')}")
    subparsers = parser.add_subparsers(dest="command", metavar="命令", required=True)
    chosen = next((word for word in given if not word.startswith("-")), None)
    for name, file in sorted(commands.items()):
        subparser = subparsers.add_parser(name, help=_help(file), description=_help(file))
        if name == chosen:  # the others are listed only: their imports would cost seconds
            import_module(f"hotline.cli.{file.stem}").add_arguments(subparser)
    parsed = parser.parse_args(given)
    try:
        return import_module(f"hotline.cli.{commands[parsed.command].stem}").run(parsed)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `hotline settings | head`
        sys.stderr.close()
        return 0


def _commands() -> dict[str, Path]:
    folder = Path(__file__).parent
    files = [
        file
        for file in folder.glob("*.py")
        if file.stem not in _NOT_COMMANDS and not file.stem.startswith("_")
    ]
    return {file.stem.replace("_", "-"): file for file in files}


def _help(file: Path) -> str:
    """Return the module's `HELP`, or the first line of its docstring, without importing it."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="HELP")], value=ast.Constant(value=str() as text)):
                return text
            case _:
                pass
    return (ast.get_docstring(tree) or "").partition("\n")[0]


if __name__ == "__main__":
    sys.exit(main())
