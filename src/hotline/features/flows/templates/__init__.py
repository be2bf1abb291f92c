"""Flows that come with the product (流程示例): the menus of the five sites that sized it, as files beside this module.

Each names prompts that are shipped, and queues by the numbers of the demo site; a site chooses its own when it takes one over.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from hotline.features.flows.schemas_versions import Template, TemplateDocument

_HERE = Path(__file__).parent


@cache
def _files() -> dict[str, dict[str, Any]]:
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(_HERE.glob("*.json"))]
    return {one["key"]: one for one in sorted(found, key=lambda one: one["site"])}


def templates() -> list[Template]:
    """Return all templates, without their documents."""
    return [
        Template(
            key=one["key"],
            name=one["name"],
            about=one["about"],
            site=one["site"],
            nodes=len(one["document"]["nodes"]),
        )
        for one in _files().values()
    ]


def template(key: str) -> TemplateDocument | None:
    """Return a template with its document."""
    one = _files().get(key)
    if one is None:
        return None
    described = next(entry for entry in templates() if entry.key == key)
    return TemplateDocument(**described.model_dump(), document=one["document"])
