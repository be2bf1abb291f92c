"""What people may do: permission keys, the roles that come with the product, and how far a role's sight reaches.

Keys are stable: they stand in the database, in the interface description and in the web application.
"""

from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """One right. Routes name these; roles hold sets of them."""

    DESK_USE = "desk.use"
    DESK_CALL_OUT = "desk.call_out"
    DESK_PICK_UP = "desk.pick_up"
    LIVE_VIEW = "live.view"
    AGENTS_CONTROL = "agents.control"
    CALLS_MONITOR = "calls.monitor"
    CALLS_WHISPER = "calls.whisper"
    CALLS_BARGE = "calls.barge"
    CALLS_INTERCEPT = "calls.intercept"
    CALLS_RELEASE = "calls.release"
    CALLS_READ = "calls.read"
    CALLS_READ_OWN = "calls.read_own"
    RECORDINGS_PLAY = "recordings.play"
    RECORDINGS_PLAY_OWN = "recordings.play_own"
    RECORDINGS_DOWNLOAD = "recordings.download"
    REPORTS_VIEW = "reports.view"
    REPORTS_EXPORT = "reports.export"
    CONTRACTS_VIEW = "contracts.view"
    CONTRACTS_MANAGE = "contracts.manage"
    CONTRACTS_CONFIRM = "contracts.confirm"
    REPORTS_VARIANTS = "reports.variants"
    USERS_VIEW = "users.view"
    USERS_MANAGE = "users.manage"
    QUEUES_VIEW = "queues.view"
    QUEUES_MANAGE = "queues.manage"
    HOTLINES_VIEW = "hotlines.view"
    HOTLINES_MANAGE = "hotlines.manage"
    PROMPTS_VIEW = "prompts.view"
    PROMPTS_MANAGE = "prompts.manage"
    HOURS_VIEW = "hours.view"
    HOURS_MANAGE = "hours.manage"
    FLOWS_VIEW = "flows.view"
    FLOWS_MANAGE = "flows.manage"
    SOURCES_VIEW = "sources.view"
    SOURCES_MANAGE = "sources.manage"
    TRUNKS_VIEW = "trunks.view"
    TRUNKS_MANAGE = "trunks.manage"
    ALARMS_VIEW = "alarms.view"
    ALARMS_MANAGE = "alarms.manage"
    WALLBOARDS_VIEW = "wallboards.view"
    WALLBOARDS_MANAGE = "wallboards.manage"
    KNOWLEDGE_READ = "knowledge.read"
    KNOWLEDGE_WRITE = "knowledge.write"
    KNOWLEDGE_REVIEW = "knowledge.review"
    KNOWLEDGE_MANAGE = "knowledge.manage"
    SMS_VIEW = "sms.view"
    SMS_SEND = "sms.send"
    SMS_MANAGE = "sms.manage"
    CUSTOMERS_VIEW = "customers.view"
    CUSTOMERS_MANAGE = "customers.manage"
    CUSTOMERS_MERGE = "customers.merge"
    CUSTOMERS_IMPORT = "customers.import"
    CUSTOMERS_EXPORT = "customers.export"
    CUSTOMERS_DESIGN = "customers.design"
    CUSTOMERS_CONTRACTS = "customers.contracts"
    TICKETS_VIEW = "tickets.view"
    TICKETS_HANDLE = "tickets.handle"
    TICKETS_LEAD = "tickets.lead"
    TICKETS_DEPARTMENT = "tickets.department"
    TICKETS_EXPORT = "tickets.export"
    TICKETS_DESIGN = "tickets.design"
    PERSONAL_VIEW = "personal.view"
    AUDIT_VIEW = "audit.view"
    SETTINGS_MANAGE = "settings.manage"
    STATISTICS_REBUILD = "statistics.rebuild"


class Scope(StrEnum):
    """How far a role's sight reaches in the tree of organisations."""

    OWN = "own"  # the person's own organisation only
    ORGANISATION = "organisation"  # it and everything below
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltInRole:
    """A role that every installation has. A site may add others; these are refreshed at each start."""

    key: str
    name: str
    scope: Scope
    permissions: frozenset[Permission]


LEADER_ROLE = "leader"
"""Calls are transferred to people of this role as leader (转班长), unless their own setting says otherwise."""

_P = Permission
_KNOWS = frozenset({_P.KNOWLEDGE_READ, _P.KNOWLEDGE_WRITE})
"""Everybody who answers citizens reads articles and proposes new ones."""
_CITIZENS = frozenset(
    {_P.CUSTOMERS_VIEW, _P.CUSTOMERS_MANAGE, _P.PERSONAL_VIEW, _P.TICKETS_VIEW, _P.TICKETS_HANDLE}
)
"""What whoever serves citizens may do with their files and tickets."""
_AGENT = (
    frozenset({_P.DESK_USE, _P.DESK_CALL_OUT, _P.DESK_PICK_UP, _P.CALLS_READ_OWN, _P.RECORDINGS_PLAY_OWN})
    | _KNOWS
    | _CITIZENS
    | {_P.SMS_SEND}
)
_VIEWS = frozenset({_P.QUEUES_VIEW, _P.HOTLINES_VIEW, _P.PROMPTS_VIEW, _P.HOURS_VIEW, _P.FLOWS_VIEW})
_LEADER = (
    _AGENT
    | _VIEWS
    | {
        _P.LIVE_VIEW,
        _P.AGENTS_CONTROL,
        _P.CALLS_MONITOR,
        _P.CALLS_WHISPER,
        _P.CALLS_BARGE,
        _P.CALLS_INTERCEPT,
        _P.CALLS_RELEASE,
        _P.ALARMS_VIEW,
        _P.WALLBOARDS_VIEW,
        _P.CALLS_READ,
        _P.RECORDINGS_PLAY,
        _P.REPORTS_VIEW,
        _P.REPORTS_EXPORT,
        _P.USERS_VIEW,
        _P.KNOWLEDGE_REVIEW,
        _P.SMS_VIEW,
        _P.CUSTOMERS_MERGE,
        _P.CUSTOMERS_CONTRACTS,
        _P.TICKETS_LEAD,
        _P.TICKETS_EXPORT,
    }
)
_MANAGER = (
    (_LEADER - _AGENT)
    | _KNOWS
    | _CITIZENS
    | {
        _P.KNOWLEDGE_MANAGE,
        _P.SMS_SEND,
        _P.SMS_MANAGE,
        _P.CUSTOMERS_IMPORT,
        _P.CUSTOMERS_EXPORT,
        _P.CUSTOMERS_DESIGN,
        _P.TICKETS_DESIGN,
        _P.TICKETS_DEPARTMENT,
        _P.CALLS_READ_OWN,
        _P.RECORDINGS_PLAY_OWN,
        _P.RECORDINGS_DOWNLOAD,
        _P.CONTRACTS_VIEW,
        _P.CONTRACTS_MANAGE,
        _P.REPORTS_VARIANTS,
        _P.USERS_MANAGE,
        _P.QUEUES_MANAGE,
        _P.HOTLINES_MANAGE,
        _P.PROMPTS_MANAGE,
        _P.HOURS_MANAGE,
        _P.FLOWS_MANAGE,
        _P.SOURCES_VIEW,
        _P.TRUNKS_VIEW,
        _P.ALARMS_MANAGE,
        _P.WALLBOARDS_MANAGE,
        _P.AUDIT_VIEW,
    }
)
_INSPECTOR = frozenset(
    {
        _P.CALLS_READ,
        _P.RECORDINGS_PLAY,
        _P.RECORDINGS_DOWNLOAD,
        _P.REPORTS_VIEW,
        _P.REPORTS_EXPORT,
        _P.QUEUES_VIEW,
        _P.KNOWLEDGE_READ,
        _P.CUSTOMERS_VIEW,
        _P.TICKETS_VIEW,
    }
)
_OFFICER = frozenset({_P.REPORTS_VIEW, _P.KNOWLEDGE_READ, _P.KNOWLEDGE_WRITE, _P.TICKETS_DEPARTMENT})
_CLIENT = frozenset(
    {_P.REPORTS_VIEW, _P.REPORTS_EXPORT, _P.CONTRACTS_VIEW, _P.CONTRACTS_CONFIRM, _P.QUEUES_VIEW}
)
"""Whoever accepts the service for the authority and pays for it."""
_WALL = frozenset({_P.WALLBOARDS_VIEW, _P.ALARMS_VIEW})
"""A screen that hangs where visitors pass: no names, no numbers, no calls."""

BUILT_IN_ROLES: tuple[BuiltInRole, ...] = (
    BuiltInRole(
        key="admin",
        name="系统管理员",
        scope=Scope.ALL,
        permissions=frozenset(Permission) - {_P.DESK_USE, _P.DESK_CALL_OUT, _P.DESK_PICK_UP},
    ),
    BuiltInRole(key="manager", name="主管", scope=Scope.ORGANISATION, permissions=_MANAGER),
    BuiltInRole(key=LEADER_ROLE, name="班长", scope=Scope.ORGANISATION, permissions=_LEADER),
    BuiltInRole(key="inspector", name="质检员", scope=Scope.ORGANISATION, permissions=_INSPECTOR),
    BuiltInRole(key="agent", name="座席", scope=Scope.OWN, permissions=_AGENT),
    BuiltInRole(key="wall", name="大屏", scope=Scope.ORGANISATION, permissions=_WALL),
    BuiltInRole(key="client", name="甲方考核员", scope=Scope.ORGANISATION, permissions=_CLIENT),
    BuiltInRole(key="officer", name="部门经办人", scope=Scope.ORGANISATION, permissions=_OFFICER),
)
