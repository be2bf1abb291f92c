"""The site port: where the runtime gets the picture of the site from (implemented over the features' tables in `main`)."""

from typing import Protocol

from hotline.core.site import Site
from hotline.core.switching import Provision


class SiteSource(Protocol):
    """Loads the site as its people have set it up."""

    async def load(self) -> tuple[Site, Provision]:
        """Read everything the core and the engine need, as one consistent picture."""
        ...
