"""The web application over everything: the API of all features, the page, `/sip`, health and Prometheus figures.

Routes are found by name: every `features/<name>/api*.py` has a `router`. A feature that others meet through the platform has
`wiring.py` with `wire(platform)`.
"""

import importlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import FileResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import Scope

from hotline.platform.access import Platform, install_platform, public
from hotline.platform.error_answers import install_error_handlers
from hotline.platform.errors import ERROR_RESPONSES
from hotline.platform.web_safety import BodyLimit, SafetyHeaders

API_PREFIX = "/api/v1"
_HERE = Path(__file__).parent
WEB_DIST = _HERE / "web_dist"
_YEAR_S = 31_536_000

Health = Callable[[], dict[str, Any]]
health_router = APIRouter(tags=["health"])


class EngineState(BaseModel):
    """How the switch engine does."""

    kind: str
    up: bool
    calls: int
    version: str = ""


class HealthState(BaseModel):
    """How the installation does. `status` is ok, degraded, starting, or standby: another application is active, at `active`."""

    status: str
    version: str
    engine: EngineState
    database: str
    worker: dict[str, str]
    active: str = ""


@health_router.get(
    "/health",
    dependencies=[public("asked by monitors; tells nothing personal")],
    responses={503: {"model": HealthState}},
)
async def get_health(connection: HTTPConnection, response: Response) -> HealthState:
    """Return how the installation does; 503 when it is not ready."""
    health: Health = connection.app.state.health
    state = HealthState.model_validate(health())
    response.status_code = 200 if state.status == "ok" else 503
    return state


@health_router.get(
    "/health/active",
    status_code=204,
    dependencies=[public("asked by load balancers; tells nothing but that we are the active application")],
)
async def get_active() -> None:
    """Answer 204: this application is the active one, however it does. One that stands by or starts answers 503."""


Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def feature_modules(pattern: str) -> Iterator[ModuleType]:
    """Import and yield every feature module of this file name, in a fixed order."""
    for path in sorted(_HERE.glob(f"features/*/{pattern}")):
        yield importlib.import_module(f"hotline.features.{path.parent.name}.{path.stem}")


def create_app(platform: Platform | None = None, *, lifespan: Lifespan | None = None) -> FastAPI:
    """Build the application. Without a platform it can only describe itself (`scripts/generate.py`) until `connect` gives it one."""
    app = FastAPI(
        title="热线 Hotline",
        version=version("hotline"),
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan or _no_lifespan,
        generate_unique_id_function=_operation_id,
    )
    install_error_handlers(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(SafetyHeaders)
    if platform is not None:
        connect(app, platform)
    api = APIRouter(prefix=API_PREFIX)
    for module in feature_modules("api*.py"):
        api.include_router(module.router)
    api.include_router(health_router)
    app.include_router(api, responses=ERROR_RESPONSES)
    return app


def connect(app: FastAPI, platform: Platform) -> None:
    """Let `app` serve this platform from now on, and wire the features that others meet through it."""
    install_platform(app, platform)
    for wiring in feature_modules("wiring.py"):
        wiring.wire(platform)


def add_metrics(app: FastAPI, render: Callable[[], bytes], content_type: str) -> None:
    """Serve Prometheus figures at `/metrics`."""

    @app.get("/metrics", include_in_schema=False, dependencies=[public("figures without personal data")])
    async def get_prometheus() -> Response:
        return Response(render(), media_type=content_type)


def add_web(app: FastAPI, folder: Path | None) -> None:
    """Serve the built web application; unknown paths get its first page (the browser's router knows them). Last of all routes."""
    dist = folder or WEB_DIST
    if not (dist / "index.html").is_file():
        return
    app.mount("/", _SinglePage(directory=dist, html=True), name="web")


def make_ready(app: FastAPI) -> None:
    """Let `app` work out all its routes now: FastAPI would do it in the first request, for a second in which the loop does nothing else.

    Last of all, when nothing is added any more. Takes seconds; may run in a thread.
    """
    scope: Scope = {"type": "http", "method": "GET", "path": "/-", "root_path": "", "headers": [], "app": app}
    for route in app.routes:
        route.matches(scope)


class _SinglePage(StaticFiles):
    """Static files whose names carry hashes are kept by browsers for ever; the first page is asked for each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        try:
            response = await super().get_response(path, scope)
        except HTTPException as missing:
            if missing.status_code != 404 or path.startswith(("api/", "assets/")):
                raise
            response = FileResponse(Path(str(self.directory)) / "index.html")
            path = "index.html"
        hashed = path.startswith("assets/")
        response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable" if hashed else "no-cache"
        return response


def _operation_id(route: APIRoute) -> str:
    return route.name


@asynccontextmanager
async def _no_lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
