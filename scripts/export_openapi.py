"""Write the application's interface description to the file named as argument (default: web/openapi.json)."""

import json
import sys
from pathlib import Path

from hotline.http_app import create_app

DEFAULT = Path(__file__).resolve().parent.parent / "web" / "openapi.json"


def main(arguments: list[str]) -> int:
    """Write the description, always in the same order, so that a diff shows changes only."""
    target = Path(arguments[0]) if arguments else DEFAULT
    description = create_app().openapi()
    description["info"]["version"] = "1"  # the interface's version, not the product's
    target.write_text(
        f"{json.dumps(description, ensure_ascii=False, indent=1, sort_keys=True)}\n", encoding="utf-8"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
