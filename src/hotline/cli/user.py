"""Look after people from the machine itself: the first administrator, lost passwords, locked accounts, desk phones."""

import argparse
import getpass
import sys

from sqlalchemy import select

from hotline.cli._database import EXIT_REFUSED, run_job
from hotline.demo.seed import phone_password
from hotline.features.users.repository import UserRepository
from hotline.features.users.schemas import AgentFields, UserCreate
from hotline.features.users.service import Reader, UserService, new_temporary_password, registrar_of
from hotline.http_app import feature_modules
from hotline.platform.access import Platform
from hotline.platform.actor import system_actor
from hotline.platform.auth import Authenticator
from hotline.platform.database import Database
from hotline.platform.errors import NotFound
from hotline.platform.passwords import check_policy
from hotline.platform.people import ROOT_AUTHORITY, SIP_REALM, Agent, User
from hotline.platform.permissions import BUILT_IN_ROLES, Permission
from hotline.platform.settings import Settings

HELP = "管理用户：add 新建、list 列表、password 口令、phone 话机、unlock 解锁"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The subcommands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="操作")
    add = actions.add_parser("add", help="新建用户，打印初始口令")
    add.add_argument("username", help="用户名")
    add.add_argument("--name", required=True, help="姓名")
    add.add_argument(
        "--role", default="admin", help="角色：admin manager leader inspector agent client officer"
    )
    add.add_argument("--number", help="工号（座席、班长必填，默认与用户名相同）")
    actions.add_parser("list", help="列出用户")
    password = actions.add_parser("password", help="重设口令；不带 --ask 时生成并打印")
    password.add_argument("username", help="用户名")
    password.add_argument("--ask", action="store_true", help="从终端（或标准输入）读取新口令")
    phone = actions.add_parser("phone", help="显示座席话机的 SIP 设置；正式站点会生成新口令")
    phone.add_argument("number", help="工号")
    unlock = actions.add_parser("unlock", help="解除登录锁定")
    unlock.add_argument("username", help="用户名")


def run(args: argparse.Namespace) -> int:
    """Carry out the subcommand. A running application learns of it at its next reconfiguration."""

    async def job(database: Database, settings: Settings) -> int:
        platform = Platform(settings=settings, database=database, authenticator=Authenticator(database))
        for wiring in feature_modules("wiring.py"):
            wiring.wire(platform)
        match args.action:
            case "add":
                return await _add(platform, args)
            case "list":
                return await _list(platform)
            case "password":
                return await _password(platform, args.username, ask=args.ask)
            case "phone":
                return await _phone(platform, args.number)
            case _:
                return await _unlock(platform, args.username)

    return run_job(job)


_ACTOR = system_actor("hotline user", ROOT_AUTHORITY)


async def _add(platform: Platform, args: argparse.Namespace) -> int:
    works_at_desk = any(
        role.key == args.role and Permission.DESK_USE in role.permissions for role in BUILT_IN_ROLES
    )
    agent = AgentFields(number=args.number or args.username) if works_at_desk else None
    wanted = UserCreate(username=args.username, name=args.name, role=args.role, agent=agent)
    temporary, password_hash = await new_temporary_password(platform)
    async with platform.database.writing() as work:
        await UserService(work, _ACTOR, platform).create(wanted, password_hash, temporary)
    print(f"已新建 {args.username}，初始口令 {temporary}（首次登录须修改）")
    return 0


async def _list(platform: Platform) -> int:
    async with platform.database.reading() as session:
        users = UserRepository(session, _ACTOR)
        for user in await Reader(users).read(await users.all(order_by=[User.username])):
            number = user.agent.number if user.agent else "-"
            state = "" if user.active else "  已停用"
            locked = "  已锁定" if user.locked_until and user.locked_until > platform.clock() else ""
            print(f"{user.username:<12} {user.role_name:<8} 工号 {number:<6} {user.name}{state}{locked}")
    return 0


async def _user_id(platform: Platform, username: str) -> str:
    async with platform.database.reading() as session:
        found = await session.scalar(select(User.id).where(User.username == username.lower()))
    if found is None:
        raise NotFound(id=username)
    return found


async def _password(platform: Platform, username: str, *, ask: bool) -> int:
    user_id = await _user_id(platform, username)
    if ask:
        password = getpass.getpass("新口令：") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        check_policy(password, username)
        password_hash = await platform.authenticator.passwords.hash(password)
    else:
        password, password_hash = await new_temporary_password(platform)
    async with platform.database.writing() as work:
        await UserService(work, _ACTOR, platform).set_password(user_id, password_hash, temporary=not ask)
    print("口令已修改" if ask else f"临时口令 {password}（下次登录须修改）")
    return 0


async def _phone(platform: Platform, number: str) -> int:
    async with platform.database.reading() as session:
        agent = await session.scalar(select(Agent).where(Agent.number == number, Agent.active))
    if agent is None:
        print(f"没有工号 {number}", file=sys.stderr)
        return EXIT_REFUSED
    # On the demo site the password is known; elsewhere only its digest is, so that a new one is made and shown once.
    password = phone_password(number) if platform.settings.demo else None
    async with platform.database.writing() as work:
        set_to = await UserService(work, _ACTOR, platform).set_phone_password(agent.id, password)
    print(f"注册服务器  {registrar_of(platform)}（UDP 或 TCP）")
    print(f"用户名      {set_to.user}")
    print(f"口令        {set_to.password}")
    print(f"域          {SIP_REALM}")
    if not platform.settings.demo:
        print("口令只显示这一次；正在运行的热线在下一次配置变更或重启后认识它。")
    return 0


async def _unlock(platform: Platform, username: str) -> int:
    user_id = await _user_id(platform, username)
    async with platform.database.writing() as work:
        await UserService(work, _ACTOR, platform).unlock(user_id)
    print(f"{username} 已解锁")
    return 0
