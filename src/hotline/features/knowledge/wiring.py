"""The knowledge base for every feature (`KnowledgeSearch`) and its index in the background."""

import asyncio
from dataclasses import replace

from hotline.features.knowledge.asking import SYSTEM, PublicKnowledge
from hotline.features.knowledge.counting import KnowledgeCounting
from hotline.features.knowledge.figures import FOR_CATALOGUE
from hotline.features.knowledge.repository import SynonymRepository
from hotline.features.knowledge.search import DATABASE_RETRY_S, KnowledgeIndex
from hotline.features.knowledge.use_records import UseRecords
from hotline.platform.access import Platform
from hotline.platform.errors import DatabaseUnavailable
from hotline.platform.own_reports import add_report
from hotline.ports.knowledge import KnowledgeSearch


def wire(platform: Platform) -> None:
    """Make the knowledge base known; fill its index."""
    index = KnowledgeIndex(platform)
    platform.services[KnowledgeIndex] = index
    records = platform.services[UseRecords] = UseRecords(platform)
    platform.services[KnowledgeSearch] = PublicKnowledge(platform)
    add_report(platform, replace(FOR_CATALOGUE, counting=KnowledgeCounting()))

    async def read_synonyms() -> None:
        async with platform.database.reading() as session:
            index.set_synonyms(await SynonymRepository(session, SYSTEM).groups())

    async def run() -> None:
        known = False
        while not known:
            try:
                await read_synonyms()
                known = True
            except DatabaseUnavailable:
                await asyncio.sleep(DATABASE_RETRY_S)
        await index.run()

    platform.background["knowledge"] = run
    platform.background["knowledge-use"] = records.run
