"""Every route of every feature says who may use it: a permission, a logged-in person for their own session, or `public(reason)`."""

import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute

from hotline.http_app import feature_modules
from hotline.platform.access import guards_of
from hotline.platform.permissions import Permission

KNOWN = {str(permission) for permission in Permission}


def test_no_route_is_unguarded() -> None:
    routes = [
        (module.__name__, route) for module in feature_modules("api*.py") for route in module.router.routes
    ]
    assert len(routes) > 50
    assert all(isinstance(route, APIRoute | APIWebSocketRoute) for _, route in routes), (
        "a kind of route nobody checks"
    )
    unguarded = [
        f"{name} {route.path}"
        for name, route in routes
        if isinstance(route, APIRoute | APIWebSocketRoute) and not list(guards_of(route.dependant))
    ]
    assert not unguarded


@pytest.mark.req("ADM-1")
def test_routes_ask_for_permissions_that_roles_can_have() -> None:
    asked = {
        guard
        for module in feature_modules("api*.py")
        for route in module.router.routes
        if isinstance(route, APIRoute | APIWebSocketRoute)
        for guard in guards_of(route.dependant)
        if not guard.startswith("public: ") and guard != "logged in"
    }
    assert asked <= KNOWN
