"""Make the virtual environment ``.venv`` exactly as the lock files say: ``setup.py run|dev``.

``run`` holds what the shop needs, ``dev`` what tests and checks need as well. A stamp of the
lock's hash makes the second call instant. Only the standard library is used, and only syntax
that an old Python can still read, so that an old Python is refused in words.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST, TOO_NEW = (3, 11), (3, 15)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = ROOT / "requirements"
PIP_OPTIONS = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]


class CannotSetUp(Exception):
    """Something is missing on this machine; the message says what, and how to get it."""


def main() -> int:
    """Install the wanted set; 0 when it is there, 1 with the reason in words."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else "run"
    if wanted not in ("run", "dev"):
        print("usage: setup.py run|dev")
        return 2
    try:
        check_python()
        if is_installed(wanted):
            return 0
        make_venv()
        install(wanted)
    except CannotSetUp as problem:
        print(f"\nDaoda cannot be set up here: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to go on.", file=sys.stderr)
        return 130
    return 0


def check_python() -> None:
    """Refuse a Python we were not tested with, naming one on this machine that would do."""
    if OLDEST <= sys.version_info[:2] < TOO_NEW:
        return
    found = [
        name
        for name in (f"python3.{minor}" for minor in range(TOO_NEW[1] - 1, OLDEST[1] - 1, -1))
        if shutil.which(name)
    ]
    advice = (
        f"This machine has {found[0]}: run  make PYTHON={found[0]} run"
        if found
        else "Install one, for example  apt-get install python3 python3-venv  on Debian 12 or "
        "newer, and name it:  make PYTHON=python3.12 run"
    )
    raise CannotSetUp(
        f"it needs Python 3.{OLDEST[1]} to 3.{TOO_NEW[1] - 1}, and {sys.executable} is "
        f"{sys.version_info[0]}.{sys.version_info[1]}. {advice}"
    )


def is_installed(wanted: str) -> bool:
    """Whether a stamp shows that this set, or the larger one, stands in the environment."""
    return any(
        stamp(name).is_file() and stamp(name).read_text() == fingerprint(name)
        for name in {wanted, "dev"}
    )


def make_venv() -> None:
    """Create the environment, or make it anew when its Python no longer runs or is too old."""
    if VENV.exists() and venv_works():
        return
    check_venv_module()
    print(f"Making the virtual environment .venv with {sys.executable} ...", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False)
    if made.returncode != 0:
        raise CannotSetUp("the virtual environment could not be made; the lines above say why.")


def venv_works() -> bool:
    """Whether the environment's Python starts, is of a version we know, and has pip."""
    probe = f"import sys, pip; sys.exit(not ({OLDEST} <= sys.version_info[:2] < {TOO_NEW}))"
    try:
        answer = subprocess.run(
            [str(venv_python()), "-c", probe],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return False
    return answer.returncode == 0


def check_venv_module() -> None:
    """Debian ships Python without the part that makes environments."""
    if all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        return
    package = "python{}.{}-venv".format(*sys.version_info[:2])
    raise CannotSetUp(
        "this Python lacks its venv module. On Debian or Ubuntu:  "
        f"apt-get install python3-venv  (or {package}), then run the same command again."
    )


def install(wanted: str) -> None:
    """Install the lock, every file checked against its hash, then Daoda itself from here."""
    for old in ("run", "dev"):
        if stamp(old).exists():
            stamp(old).unlink()
    count = (LOCKS / f"{wanted}.lock").read_text().count("==")
    print(f"Installing {count} packages from requirements/{wanted}.lock ...", flush=True)
    pip(
        "--require-hashes", "--no-deps", "--only-binary", ":all:",
        "-r", str(LOCKS / "build.lock"), "-r", str(LOCKS / f"{wanted}.lock"),
    )  # fmt: skip
    print("Installing Daoda itself, editable ...", flush=True)
    pip("--no-deps", "--no-build-isolation", "--quiet", "-e", str(ROOT))
    stamp(wanted).write_text(fingerprint(wanted))
    print("The environment is ready: .venv", flush=True)


def pip(*arguments: str) -> None:
    """Run the environment's pip; what it prints is the progress."""
    command = [str(venv_python()), "-m", "pip", "install", *PIP_OPTIONS, *arguments]
    if subprocess.run(command, cwd=str(ROOT), check=False).returncode != 0:
        raise CannotSetUp(
            "pip could not install the packages; its lines above say why. Most often the "
            "network or the package index cannot be reached (pip obeys PIP_INDEX_URL and "
            "HTTPS_PROXY), or the disk is full. Then run the same command again."
        )


def stamp(wanted: str) -> Path:
    """The file that says which lock stands in the environment."""
    return VENV / f".daoda-{wanted}"


def fingerprint(wanted: str) -> str:
    """One hash over all that decides what the environment holds."""
    digest = hashlib.sha256()
    for path in (LOCKS / f"{wanted}.lock", LOCKS / "build.lock", ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    digest.update(str(VENV).encode())
    return digest.hexdigest()


def venv_python() -> Path:
    """The environment's interpreter."""
    return VENV / ("Scripts" if os.name == "nt" else "bin") / "python"


if __name__ == "__main__":
    sys.exit(main())
