"""Settings: defaults of the contract, environment and file, and refusals that say in Chinese what to mend."""

from pathlib import Path

import pytest

from hotline.platform.settings import (
    Engine,
    Settings,
    SettingsRefused,
    is_loopback,
    load_settings,
    split_address,
)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults_are_those_of_the_contract() -> None:
    settings = load_settings()
    assert (settings.http, settings.sip, settings.rtp_range) == (
        "127.0.0.1:8000",
        "127.0.0.1:5060",
        (20000, 20999),
    )
    assert (settings.engine, settings.demo) == (Engine.EMBEDDED, False)
    assert settings.database_url.endswith("/data/hotline.db")


def test_the_environment_wins_over_the_file(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (elsewhere / "hotline.toml").write_text('http = "127.0.0.1:1"\nsip = "127.0.0.1:2"\n', encoding="utf-8")
    monkeypatch.setenv("HOTLINE_HTTP", "127.0.0.1:3")
    settings = load_settings()
    assert (settings.http, settings.sip) == ("127.0.0.1:3", "127.0.0.1:2")


@pytest.mark.parametrize(
    "name,value",
    [
        ("http", "8000"),
        ("sip", "127.0.0.1:99999"),
        ("rtp_ports", "20999-20000"),
        ("database", "mysql://x"),
        ("log", "xml"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"HOTLINE_{name.upper()}", value)
    with pytest.raises(SettingsRefused, match=f"^HOTLINE_{name.upper()}："):
        load_settings()


@pytest.mark.parametrize("name", ["HOTLINE_HTTP", "HOTLINE_SIP"])
def test_the_demo_site_stays_on_this_machine_unless_told_twice(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("HOTLINE_PROFILE", "demo")
    load_settings()
    monkeypatch.setenv(name, "0.0.0.0:9000")
    with pytest.raises(SettingsRefused, match="只允许监听本机"):
        load_settings()
    monkeypatch.setenv("HOTLINE_DEMO_PUBLIC", "yes-i-know")
    with pytest.raises(SettingsRefused, match="只允许监听本机"):
        load_settings()
    monkeypatch.setenv("HOTLINE_DEMO_PUBLIC_AGAIN", "yes-i-know")
    assert load_settings().demo


def test_freeswitch_needs_its_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_ENGINE", "freeswitch")
    with pytest.raises(SettingsRefused, match="HOTLINE_FREESWITCH"):
        load_settings()
    monkeypatch.setenv("HOTLINE_FREESWITCH", "10.0.0.1:8021, 10.0.0.2:8021")
    with pytest.raises(SettingsRefused, match="HOTLINE_FREESWITCH_PASSWORD"):
        load_settings()
    monkeypatch.setenv("HOTLINE_FREESWITCH_PASSWORD", "given")
    settings = load_settings()
    assert settings.node_addresses == (("10.0.0.1", 8021), ("10.0.0.2", 8021))
    assert settings.ws_addresses == ("10.0.0.1:5066", "10.0.0.2:5066")
    assert settings.phones_address == ("127.0.0.1", 5070)
    monkeypatch.setenv("HOTLINE_FREESWITCH_WS", "10.0.0.9:5080")
    monkeypatch.setenv("HOTLINE_FREESWITCH_PHONES", "10.0.0.9:5060")
    settings = load_settings()
    assert (settings.ws_addresses, settings.phones_address) == (("10.0.0.9:5080",), ("10.0.0.9", 5060))


def test_database_addresses_become_asynchronous_ones() -> None:
    assert Settings(database="postgresql://u@h/d").database_url == "postgresql+asyncpg://u@h/d"
    assert Settings(database="sqlite:////tmp/x.db").database_url == "sqlite+aiosqlite:////tmp/x.db"


def test_addresses_of_both_families_are_split() -> None:
    assert split_address("[::1]:5060") == ("::1", 5060)
    assert is_loopback("::1") and is_loopback("127.8.0.1") and not is_loopback("10.0.0.1")


def test_secrets_do_not_show() -> None:
    assert "s3cret" not in repr(Settings(freeswitch_password="s3cret"))  # pyright: ignore[reportArgumentType]
