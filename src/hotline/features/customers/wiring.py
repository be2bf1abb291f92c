"""What the platform may ask this feature about: customers by number and id; and the imports that run in the background."""

from hotline.features.customers.directory import CustomerDirectory, notes
from hotline.features.customers.importing import Imports
from hotline.features.customers.long_export import customers_kind
from hotline.platform.access import Platform
from hotline.platform.contacts import Customers, timeline_of
from hotline.platform.exports import add_export
from hotline.platform.sealing import Sealer, sealer_of


def wire(platform: Platform) -> None:
    """Make customers known to others."""
    platform.services[Sealer] = sealer_of(platform.settings.data)
    platform.services[Customers] = CustomerDirectory()
    timeline_of(platform).sources.append(notes)
    add_export(platform, customers_kind(platform))
    imports = Imports(platform)
    platform.services[Imports] = imports
    platform.background["customer-imports"] = imports.run
