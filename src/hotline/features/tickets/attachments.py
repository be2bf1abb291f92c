"""Files of tickets: told by their content, kept with their hash, handed out as downloads only."""

from typing import Final

from hotline.core.tickets.flow import DONE, TicketAction, TicketState
from hotline.features.tickets.context import TicketContext
from hotline.features.tickets.models import Ticket, TicketAttachment
from hotline.features.tickets.reading import sides_of
from hotline.features.tickets.repository import TicketRepository
from hotline.features.tickets.stepping import Stepper
from hotline.features.tickets.words import STATE_NAMES
from hotline.platform import audit
from hotline.platform.errors import Conflict, Invalid, NotFound
from hotline.platform.i18n import Text
from hotline.platform.ids import new_id
from hotline.platform.uploads import vet
from hotline.ports.files import FileStore

FILES_MAX: Final = 30
_KEEPS_FILES: Final = DONE - {TicketState.ANSWERED}


class FilesKept(Conflict):
    """A ticket that is over keeps its files, whoever attached them."""

    code = "ticket_files_kept"
    text = Text("工单{state}，附件须留存，不能删除", "The ticket is over; its files are kept")


class AttachmentService:
    """Changes files of tickets within one unit of work."""

    def __init__(self, context: TicketContext, files: FileStore) -> None:
        self._context = context
        self._files = files
        self._tickets = TicketRepository(context.work.session, context.actor)
        self._stepper = Stepper(context, self._tickets)

    async def add(self, ticket_id: str, name: str, content: bytes) -> Ticket:
        """Attach a file. Raises `UploadRefused`."""
        row = await self._tickets.require_to_change(ticket_id)
        self._stepper.check(row, TicketAction.NOTE)
        vetted = vet(name, content)
        if len(await self._tickets.attachments_of(row.id)) >= FILES_MAX:
            raise Invalid("file", f"一张工单最多 {FILES_MAX} 个附件")
        stored = await self._files.put(content, folder="tickets")
        context = self._context
        made = TicketAttachment(
            id=new_id(), authority_id=row.authority_id, ticket_id=row.id, name=vetted.name, media_type=vetted.media_type,
            size_bytes=stored.size_bytes, sha256=stored.sha256, key=stored.key, at=context.now, by_id=context.actor.user_id,
            by_name=context.actor.name, removed_at=None,
        )  # fmt: skip
        context.work.session.add(made)
        self._note(row, "attach", made)
        return row

    async def remove(self, ticket_id: str, attachment_id: str) -> Ticket:
        """Take a file off: by whoever attached it, or a leader, while the ticket is not over. The file itself stays for the trail."""
        row = await self._tickets.require_to_change(ticket_id)
        found = await self._file_of(row, attachment_id)
        self._stepper.check(row, TicketAction.NOTE)
        if (state := TicketState(row.state)) in _KEEPS_FILES:
            raise FilesKept(state=STATE_NAMES[state])
        if found.by_id != self._context.actor.user_id:
            self._stepper.check(row, TicketAction.SUPERVISE)
        found.removed_at = self._context.now
        self._note(row, "detach", found)
        return row

    async def find(self, ticket_id: str, attachment_id: str) -> tuple[Ticket, TicketAttachment]:
        """A file of a ticket in sight. Raises `NotFound`."""
        row = await self._tickets.require(ticket_id)
        return row, await self._file_of(row, attachment_id)

    async def _file_of(self, row: Ticket, attachment_id: str) -> TicketAttachment:
        for one in await self._tickets.attachments_of(row.id):
            if one.id == attachment_id:
                return one
        raise NotFound(id=attachment_id)

    async def content(self, ticket_id: str, attachment_id: str) -> tuple[TicketAttachment, bytes]:
        """A file and its content, checked against its hash; looking at it is entered in the audit trail."""
        row, found = await self.find(ticket_id, attachment_id)
        content = await self._files.get(found.key)
        self._audit(row, "tickets.download", found)
        return found, content

    def _note(self, row: Ticket, action: str, found: TicketAttachment) -> None:
        context = self._context
        self._stepper.write(
            row, action, sides_of(context.actor, row), row.state, found.name, {"file": found.id}
        )
        row.updated_at, row.updated_by = context.now, context.actor.name
        row.version += 1
        self._audit(row, f"tickets.{action}", found)

    def _audit(self, row: Ticket, action: str, found: TicketAttachment) -> None:
        target = audit.Target(kind="ticket", id=row.id, name=row.number, authority_id=row.authority_id)
        after = {"name": found.name, "sha256": found.sha256}
        audit.record(self._context.work, self._context.actor, action, target, after=after)
