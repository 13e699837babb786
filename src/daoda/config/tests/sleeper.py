"""A child for the tests of supervision: notes its process and how it is ended.

``python -m daoda.config.tests.sleeper FILE [status]``: with a status it ends at once with it.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path


def main() -> None:
    note = Path(sys.argv[1])

    def told(*_: object) -> None:
        with note.open("a") as file:
            file.write("told ")
        sys.exit(0)

    signal.signal(signal.SIGTERM, told)
    with note.open("a") as file:
        file.write(f"{os.getpid()} ")
    if len(sys.argv) > 2:
        sys.exit(int(sys.argv[2]))
    time.sleep(600)


if __name__ == "__main__":
    main()
