"""List every setting with type, default and present value."""

import argparse

from pydantic import SecretStr
from sqlalchemy.engine import make_url

from hotline.platform.settings import Settings, SettingsRefused, load_settings

HELP = "列出全部设置：名称、类型、默认值、当前值"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments of its own."""
    del parser


def run(args: argparse.Namespace) -> int:
    """Print the settings."""
    del args
    try:
        current = load_settings()
    except SettingsRefused as refused:
        current = None
        print(f"设置有误：\n{refused}\n")
    for name, field in Settings.model_fields.items():
        print(f"HOTLINE_{name.upper()}")
        print(f"    {field.description}")
        print(f"    类型：{_type_name(field.annotation)}  默认：{_shown(field.default)}")
        if current is not None:
            print(f"    当前：{_shown(_without_password(name, getattr(current, name)))}")
    return 0 if current is not None else 1


def _without_password(name: str, value: object) -> object:
    """Hide the password inside the database's address."""
    return (
        make_url(value).render_as_string()
        if name == "database" and isinstance(value, str) and value
        else value
    )


def _type_name(annotation: object) -> str:
    return getattr(annotation, "__name__", None) or str(annotation).replace("pathlib.", "")


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "（已设置）" if value.get_secret_value() else "（空）"
    text = ",".join(str(item) for item in value) if isinstance(value, tuple) else str(value)
    return text if value not in ("", (), None) else "（空）"
