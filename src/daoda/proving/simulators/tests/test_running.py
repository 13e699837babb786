"""The simulators as processes of their own, with their keys in a file."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from daoda.trade.payments.adapters import registry


@pytest.mark.parametrize("code", ["sandbox", "alipay", "epay", "wechatpay", "stripe"])
def test_a_simulator_starts_says_where_and_writes_the_channels_settings(
    code: str, tmp_path: Path
) -> None:
    module = "sandbox" if code == "sandbox" else f"{code}_gateway"
    keys = tmp_path / "keys.json"
    process = subprocess.Popen(
        [sys.executable, "-m", f"daoda.proving.simulators.{module}", "--keys", str(keys)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        address = process.stdout.readline().split()[-1]
        channel = json.loads(keys.read_text())["channel"]
        assert channel["gateway"].startswith(address)
        registry.adapter(code, channel)
        assert stat.S_IMODE(keys.stat().st_mode) == 0o600
        with urllib.request.urlopen(f"{address}/_trades", timeout=5) as answer:
            assert json.loads(answer.read()) == {}
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
        if process.stdout:
            process.stdout.close()
