"""What the product writes is not for other users of the machine: recordings and numbers are personal data."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.req("ADM-4")
def test_other_users_of_the_machine_cannot_read_the_data_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    subprocess.run(
        [sys.executable, "-m", "hotline", "migrate"],
        env=os.environ | {"HOTLINE_DATA": str(data)},
        cwd=tmp_path,
        umask=0o022,
        check=True,
        capture_output=True,
    )
    written = [data, *data.rglob("*")]
    assert len(written) > 1
    assert not [path for path in written if path.stat().st_mode & 0o027]
