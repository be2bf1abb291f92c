"""The route of the first page: on the demo site it says what to try and how to log in; elsewhere hardly anything."""

from fastapi import APIRouter

from hotline.features.start.repository import active_people, root_name
from hotline.features.start.schemas import DemoHints, DemoLogIn, StartPage
from hotline.platform.access import Platform, ReadSession, ThePlatform, public
from hotline.platform.settings import is_loopback
from hotline.ports.demo import DemoSite

router = APIRouter(tags=["start"])

WEB_CALL_PATH = "/call"


@router.get("/start", dependencies=[public("shown before log-in; people and password only on the demo site")])
async def get_start(platform: ThePlatform, session: ReadSession) -> StartPage:
    """What the first page needs."""
    demo: DemoSite | None = platform.services.get(DemoSite) if platform.settings.demo else None
    people = [
        DemoLogIn(username=user.username, name=user.name, role=role.key, role_name=role.name)
        for user, role in (await active_people(session) if demo else [])
    ]
    return StartPage(
        demo=demo is not None,
        organisation=await root_name(session),
        hints=_hints(platform, demo, people) if demo else None,
    )


def _hints(platform: Platform, demo: DemoSite, people: list[DemoLogIn]) -> DemoHints:
    host, port = platform.settings.sip_address
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    at_home = is_loopback(platform.settings.http_address[0])
    return DemoHints(
        number=demo.number,
        sip_address=shown,
        sip_uri=f"sip:{demo.number}@{shown}",
        web_call_path=WEB_CALL_PATH,
        log_ins=people,
        password=demo.password if at_home else None,
        phone_password=demo.phone_password_pattern,
    )
