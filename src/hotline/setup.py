"""Make an installation ready: schema, root organisation, roles, shipped prompts, and in the demo profile the demo site. Repeatable."""

from hotline.demo.seed import NUMBER, known_password, phone_password, seed_demo
from hotline.platform import migrations
from hotline.platform.access import Platform
from hotline.platform.database import Database
from hotline.platform.installation import ensure_installation
from hotline.platform.passwords import Passwords
from hotline.platform.settings import Settings
from hotline.ports.demo import DemoSite
from hotline.shipped_prompts import install_shipped_prompts


async def set_up(database: Database, settings: Settings, passwords: Passwords | None = None) -> str | None:
    """Bring everything to this version.

    Returns the demo password when it was made or changed by this call (to be printed), else None.
    """
    await migrations.upgrade(database)
    await ensure_installation(database)
    await install_shipped_prompts(database, settings.data)
    if not settings.demo:
        return None
    return await seed_demo(database, settings, passwords or Passwords())


def offer_demo(platform: Platform) -> None:
    """Let the first page speak of the demo site, when this is one."""
    password = known_password(platform.settings) if platform.settings.demo else None
    if password is not None:
        platform.services[DemoSite] = DemoSite(
            number=NUMBER, password=password, phone_password_pattern=phone_password("1001")
        )


def demo_hints(settings: Settings, *, new: bool) -> list[str]:
    """Return lines for the person at the terminal: how to log in on the demo site; nothing in production."""
    password = known_password(settings) if settings.demo else None
    if password is None:
        return []
    made = "（首次启动时生成）" if new and not settings.demo_password.get_secret_value() else ""
    return [
        f"  演示账号  1001 … 1012、2001、2002、3001、4001、5001、6001、admin，口令都是 {password}{made}",
        f"  拨打  sip:{NUMBER}@{settings.sip}    话机 1001 的口令是 {phone_password('1001')}",
    ]
