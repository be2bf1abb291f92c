"""The tree of categories as far as it says who may read: a branch is read by the roles that it and all above it allow."""

from collections.abc import Iterable, Mapping

from hotline.features.knowledge.models import Category

DEEPEST = 20


def branch(category_id: str, tree: Mapping[str, Category]) -> list[Category]:
    """A category and those above it, from the top."""
    found: list[Category] = []
    at = tree.get(category_id)
    while at is not None and len(found) < DEEPEST:
        found.insert(0, at)
        at = tree.get(at.parent_id) if at.parent_id else None
    return found


def allowed_roles(categories: Iterable[Category]) -> set[str] | None:
    """The roles that every one of these categories allows; None: every role."""
    limits = [{str(role) for role in category.roles} for category in categories if category.roles]
    return set.intersection(*limits) if limits else None


def closed_to(role: str, tree: Mapping[str, Category]) -> set[str]:
    """Ids of the categories that a role may not read."""
    roles = {category_id: allowed_roles(branch(category_id, tree)) for category_id in tree}
    return {
        category_id for category_id, allowed in roles.items() if allowed is not None and role not in allowed
    }
