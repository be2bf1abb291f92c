"""What the housekeeping commands share: settings, a database, a loop, and errors said in one line."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from pydantic import ValidationError

from hotline.demo.seed import known_password
from hotline.platform.database import Database
from hotline.platform.errors import HotlineError, problem_text
from hotline.platform.i18n import DEFAULT
from hotline.platform.logging import configure_logging
from hotline.platform.settings import Profile, Settings, SettingsRefused, load_settings

EXIT_REFUSED = 1
EXIT_SETTINGS = 2

Job = Callable[[Database, Settings], Awaitable[int]]


def run_job(job: Job) -> int:
    """Run `job` on the configured database; refusals are printed, not raised."""
    try:
        settings = load_settings()
    except SettingsRefused as refused:
        print(refused, file=sys.stderr)
        return EXIT_SETTINGS
    configure_logging(settings.log, "warning")
    return asyncio.run(_run(job, _of_the_folder(settings)))


def _of_the_folder(settings: Settings) -> Settings:
    """What keeps house in the data folder of a demo site is of the demo profile, unless a profile is named."""
    if "profile" in settings.model_fields_set or known_password(settings) is None:
        return settings
    return settings.model_copy(update={"profile": Profile.DEMO})


async def _run(job: Job, settings: Settings) -> int:
    database = Database(settings.database_url)
    try:
        return await job(database, settings)
    except HotlineError as refused:
        print(refused.text.render(DEFAULT, refused.details), file=sys.stderr)
        for problem in refused.details.get("fields", []):
            print(f"  {problem['field']}：{problem['message']}", file=sys.stderr)
        return EXIT_REFUSED
    except ValidationError as wrong:
        for problem in wrong.errors():
            print(
                f"{'.'.join(str(part) for part in problem['loc'])}：{problem_text(problem, DEFAULT)}",
                file=sys.stderr,
            )
        return EXIT_REFUSED
    finally:
        await database.close()
