"""The factory of the web application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.staticfiles import StaticFiles

from serving import access, failures, health, keys, pages
from serving.absences import endpoints as absences
from serving.accounts import endpoints as accounts
from serving.actions import endpoints as actions
from serving.alerts import endpoints as alerts
from serving.answers.service import OnceRoute
from serving.challengers import endpoints as challengers
from serving.clock import Clock
from serving.community import endpoints as community
from serving.database import Database
from serving.description import describe
from serving.effects import endpoints as effects
from serving.governance import endpoints as governance
from serving.ingestion import batches
from serving.ingestion import endpoints as ingestion
from serving.language import Languages
from serving.learners import browsing
from serving.learners import endpoints as learners
from serving.learners.picture import PictureCache
from serving.metrics import Metrics
from serving.notifications import admin_endpoints as team_messages
from serving.notifications import endpoints as notifications
from serving.notifications.service import seal_old
from serving.openid import endpoints as openid
from serving.playbooks import endpoints as playbooks
from serving.profile import endpoints as profile
from serving.quality import endpoints as quality
from serving.quality.appointments import endpoints as appointments
from serving.quality.complaints import declaring
from serving.quality.complaints import endpoints as complaints
from serving.quality.figures import endpoints as figures
from serving.quality.improvements import endpoints as improvements
from serving.quality.packs import endpoints as packs
from serving.quality.procedure import endpoints as procedure
from serving.quality.proofs import endpoints as proofs
from serving.quality.sample import endpoints as sample
from serving.quality.surveys import endpoints as surveys
from serving.rights import endpoints as rights
from serving.rights import forgetting
from serving.scoring import endpoints as scoring
from serving.scoring.guard import Quick
from serving.scoring.kept import KeptScorer
from serving.sessions import endpoints as sessions
from serving.settings import Settings
from serving.shield import Shield
from serving.site import Site
from serving.sources import CatalogueWords, StoreRecords, VaultDirectory
from serving.stream import endpoints as stream
from serving.stream.policy import Streams
from serving.tokens import endpoints as tokens
from serving.watch import endpoints as watch

SLICES = (accounts, alerts, learners, actions, notifications, quality)
ROUTERS: tuple[APIRouter, ...] = (
    scoring.api,  # first: an address is looked for from the first router on, and programs ask this one fast
    health.api,
    watch.page,
    effects.page,
    governance.page,
    browsing.page,
    community.page,
    sessions.page,
    playbooks.page,
    team_messages.page,
    openid.page,
    profile.page,
    tokens.page,
    absences.page,
    procedure.page,
    figures.page,
    proofs.page,
    appointments.page,
    improvements.page,
    complaints.page,
    declaring.page,
    surveys.page,
    sample.page,
    packs.page,
    rights.page,
    forgetting.page,
    challengers.page,
    *(slice_.page for slice_ in SLICES),
    stream.api,
    *(slice_.api for slice_ in SLICES),
    proofs.api,
    improvements.api,
    complaints.api,
    watch.api,
    batches.api,
    ingestion.api,
)
DESCRIPTION = "Alerts, scores, actions and the register of prevention. A score orders a list; it decides nothing."


def make_site(settings: Settings) -> Site:
    """Put together the server's parts; the work database is brought up to date."""
    home = settings.folder.prepare()
    database = Database(settings.database)
    database.upgrade()
    seal_old(database, settings)
    zone = ZoneInfo(settings.timezone)
    return Site(
        settings=settings,
        database=database,
        clock=Clock(zone, settings.today),
        languages=Languages(settings.language, zone),
        directory=VaultDirectory(home),
        words=CatalogueWords(),
        records=StoreRecords(home),
        pictures=PictureCache(),
        cookie_key=keys.read_or_create(home.keys / "cookie.key"),
        journal_key=keys.read_or_create(home.keys / "journal.key"),
    )


def create_app(settings: Settings, *, site: Site | None = None) -> FastAPI:
    """Return the application.

    Parameters
    ----------
    settings : what the organisation set.
    site : the parts, when they are made elsewhere (tests); made from the settings otherwise.
    """
    metrics = Metrics()
    app = FastAPI(
        title="Filrouge",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
    )
    app.state.site = site or make_site(settings)
    app.state.metrics = metrics
    app.state.streams = Streams()
    app.state.scorer = KeptScorer(settings.folder)
    for router in ROUTERS:
        _refuse_unguarded(router)
        _answer_once(router)
        app.include_router(router)
    described = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    app.include_router(_openapi_router(app, described))
    app.mount("/static", StaticFiles(directory=pages.HERE / "static"))
    failures.install(app)
    app.add_middleware(Shield, metrics=metrics, failed=failures.unexpected)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.site.database.dispose()


def guard_of(route: APIRoute) -> access.Guard | access.Open | None:
    """Return the rule of a route, None when it has none."""
    for dependency in route.dependant.dependencies:
        if isinstance(dependency.call, access.Guard | access.Open):
            return dependency.call
    return None


def _refuse_unguarded(router: APIRouter) -> None:
    """Deny by default: a route that names no guard never starts."""
    for route in router.routes:
        if not isinstance(route, APIRoute) or guard_of(route) is None:
            raise RuntimeError(f"the route {getattr(route, 'path', route)} names no guard")


def _answer_once(router: APIRouter) -> None:
    """Give each change of the API its idempotency key, whichever slice it is of; sign-in has no account yet.

    What a quick guard opens changes nothing.
    """
    for route in router.routes:
        if type(route) is not APIRoute or "GET" in (route.methods or ()):
            continue
        guard = guard_of(route)
        if route.path.startswith("/api/") and isinstance(guard, access.Guard) and not isinstance(guard, Quick):
            route.__class__ = OnceRoute


def _openapi_router(app: FastAPI, routes: list[APIRoute]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json", dependencies=[health.PROBE])
    def openapi() -> dict[str, object]:
        """Describe the API."""
        return describe(app, routes)

    return router
