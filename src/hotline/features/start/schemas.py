"""What the first page gets."""

from hotline.platform.schemas import Answer


class DemoLogIn(Answer):
    """A person of the demo site."""

    username: str
    name: str
    role: str
    role_name: str


class DemoHints(Answer):
    """What can be tried on the demo site. `password` is equal for all; None where others than this machine can reach the site."""

    number: str
    sip_address: str
    sip_uri: str
    web_call_path: str
    log_ins: list[DemoLogIn]
    password: str | None
    phone_password: str


class StartPage(Answer):
    """What the first page needs before anybody has logged in."""

    demo: bool
    organisation: str
    hints: DemoHints | None
