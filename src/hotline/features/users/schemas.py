"""What the screens about people send and get: users, their agent side, organisations, roles, sessions."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hotline.core.site import ForwardWhen
from hotline.platform.permissions import Scope
from hotline.platform.schemas import LEFT_OUT, Answer, ApiModel, Digits, Id, Name, Page, Partial

Username = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,31}$")
]
NewPassword = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class QueuePlace(ApiModel):
    """An agent's place in a queue."""

    queue_id: Id
    level: Annotated[int, Field(ge=1, le=10)] = 1
    order: Annotated[int, Field(ge=0, le=10_000)] = 0


Mobile = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^([0-9]{5,20})?$")]


class AgentFields(ApiModel):
    """The agent's side of a user: work number (工号), queues, outbound permission.

    `mobile`: the number of the mobile seat (移动座席), masked for those who may not manage users. `leader`: calls may be transferred
    to them as leader; null: when their role is leader. `call_class`: 0 colleagues, 1 local, 2 the country, 3 the world.
    """

    number: Digits
    may_call_out: bool = True
    default_hotline_id: Id | None = None
    queues: Annotated[list[QueuePlace], Field(max_length=200)] = []
    mobile: Mobile = ""
    leader: bool | None = None
    call_class: Annotated[int, Field(ge=0, le=3)] = 2


class AgentRead(AgentFields):
    """The agent's side of a user, as lists and forms show it."""

    mobile: str = ""


class UserCreate(ApiModel):
    """A new user. `agent` is needed where the role works at the desk."""

    username: Username
    name: Name
    role: Id
    authority_id: Id | None = None
    agent: AgentFields | None = None


class UserUpdate(Partial):
    """Changes of a user; only given fields change."""

    name: Name = LEFT_OUT
    role: Id = LEFT_OUT
    authority_id: Id = LEFT_OUT
    active: bool = LEFT_OUT
    agent: AgentFields | None = LEFT_OUT


class UserRead(Answer):
    """A user as lists and forms show it."""

    id: str
    username: str
    name: str
    role: str
    role_name: str
    authority_id: str
    authority_name: str
    active: bool
    must_change_password: bool
    locked_until: datetime | None
    last_login_at: datetime | None
    agent: AgentRead | None


class UserPage(Page[UserRead]):
    """A piece of the list of users."""


class UserCreated(Answer):
    """A new user and the temporary password, shown this once."""

    user: UserRead
    temporary_password: str


class TemporaryPassword(Answer):
    """A temporary password, shown this once; it must be changed at the next log-in."""

    temporary_password: str


class PhonePassword(Answer):
    """A desk phone's SIP settings; the password is shown this once."""

    user: str
    password: str
    realm: str
    registrar: str


class RoleRead(Answer):
    """A role and its rights."""

    key: str
    name: str
    scope: Scope
    permissions: list[str]
    works_at_desk: bool


class RolePage(Page[RoleRead]):
    """All roles."""


class OrganisationCreate(ApiModel):
    """A new organisation below another."""

    name: Name
    parent_id: Id


class OrganisationUpdate(Partial):
    """Changes of an organisation; only given fields change."""

    name: Name = LEFT_OUT
    active: bool = LEFT_OUT


class OrganisationRead(Answer):
    """An organisation with those below it."""

    id: str
    parent_id: str | None
    name: str
    active: bool
    children: list["OrganisationRead"] = []


class OrganisationTree(Answer):
    """The organisations in sight, as trees."""

    items: list[OrganisationRead]


class SessionRead(Answer):
    """A log-in of a user."""

    id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str
    user_agent: str
    current: bool


class SessionPage(Page[SessionRead]):
    """The open log-ins of a user."""


class Credentials(ApiModel):
    """What a person types to log in."""

    username: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=256)]


class PasswordChange(ApiModel):
    """The old and the new password."""

    old: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    new: NewPassword


class AuthorityRef(Answer):
    """An organisation's id and name."""

    id: str
    name: str


class AgentRef(Answer):
    """The agent's side of the person who is logged in."""

    id: str
    number: str


class Me(Answer):
    """The person who is logged in."""

    id: str
    username: str
    name: str
    role: str
    role_name: str
    permissions: list[str]
    authority: AuthorityRef
    agent: AgentRef | None
    must_change_password: bool


class SessionOpened(Answer):
    """A successful log-in."""

    token: str
    expires_at: datetime
    user: Me


UserFilterActive = Literal["yes", "no", "all"]


class Forwarding(ApiModel):
    """Call forwarding (呼叫转移) of calls to the agent personally: to a colleague's work number or a number outside."""

    when: ForwardWhen
    to: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{2,20}$")]


class PhoneSettings(Answer):
    """An agent's own telephone settings. The mobile number is set by administrators."""

    mobile: str
    forwarding: Forwarding | None


class PhoneSettingsUpdate(ApiModel):
    """What agents set themselves; null: calls are not forwarded."""

    forwarding: Forwarding | None
