"""`make check` holds: so whoever runs the tests, CI too, runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_make_check_holds() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/check.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, "\n" + done.stdout + done.stderr
