"""Every table of the product in one metadata: importing this module makes them all known (migrations, drift check, tests)."""

import importlib
from pathlib import Path

from hotline.platform import audit, people
from hotline.platform.database import metadata

__all__ = ["audit", "metadata", "people"]

_HERE = Path(__file__).parent
for _path in sorted([*_HERE.glob("features/*/models.py"), *_HERE.glob("adapters/*/tables.py")]):
    importlib.import_module("hotline." + ".".join(_path.relative_to(_HERE).with_suffix("").parts))
