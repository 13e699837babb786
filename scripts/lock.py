"""Resolve the dependencies of pyproject.toml into the three lock files, for every platform.

Called by ``make lock`` with an interpreter that has uv. Every file is pinned by hash.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"
OPTIONS = ["--universal", "--generate-hashes", "--no-header", "--no-annotate", "--upgrade"]


def main() -> int:
    """Write build.lock, run.lock and dev.lock; the first failure ends it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    build = "\n".join(project["build-system"]["requires"])
    python = "3." + project["project"]["requires-python"].split("3.")[1].split(",")[0]
    for name, arguments, given in (
        ("build", ["-"], build),
        ("run", ["pyproject.toml"], None),
        ("dev", ["pyproject.toml", "--group", "dev"], None),
    ):
        path = LOCKS / f"{name}.lock"
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", *OPTIONS]
        command += ["--python-version", python, "--output-file", str(path), *arguments]
        if subprocess.run(command, input=given, text=True, cwd=ROOT, check=False).returncode != 0:
            print(f"{path.name} could not be resolved; the lines above say why.")
            return 1
        print(f"{path.relative_to(ROOT)}: {path.read_text().count('==')} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
