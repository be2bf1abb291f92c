"""`hotline demo history`: weeks of simulated calls, wherever nobody called yet."""

from argparse import Namespace
from pathlib import Path

import pytest

from hotline.adapters.journal_sql import SqlJournal
from hotline.cli import user
from hotline.cli._database import EXIT_REFUSED
from hotline.cli.demo import run, write_history
from hotline.core.events import SystemStarted
from hotline.platform.database import Database
from tests.integration.features_admin.conftest import START
from tests.integration.features_admin.fake_control import ROOT


@pytest.mark.req("STA-1")
async def test_history_is_written_after_a_mere_start_and_refused_after_calls(database: Database) -> None:
    journal = SqlJournal(database.engine)
    await journal.open()
    await journal.append([SystemStarted(at=START, authority_id=ROOT, version="1")])
    await journal.close()
    wanted = Namespace(days=1, calls=3, seed=1)
    assert await write_history(database, wanted) == 0
    assert await journal.last_seq() > 1
    assert await write_history(database, wanted) == EXIT_REFUSED


def test_history_in_an_empty_folder_makes_the_demo_site_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_DATA", str(tmp_path / "new"))
    monkeypatch.setenv("HOTLINE_PROFILE", "demo")
    assert run(Namespace(action="history", days=1, calls=3, seed=1)) == 0
    assert "完成" in capsys.readouterr().out


def test_house_is_kept_in_a_demo_sites_folder_as_on_the_demo_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_DATA", str(tmp_path))
    monkeypatch.setenv("HOTLINE_PROFILE", "demo")
    assert run(Namespace(action="history", days=1, calls=3, seed=1)) == 0
    monkeypatch.delenv("HOTLINE_PROFILE")
    phone = Namespace(action="phone", number="1001")
    assert user.run(phone) == 0
    assert "demo-1001" in capsys.readouterr().out, "nobody has to name the profile again"
    monkeypatch.setenv("HOTLINE_PROFILE", "production")
    assert user.run(phone) == 0
    assert "demo-1001" not in capsys.readouterr().out
