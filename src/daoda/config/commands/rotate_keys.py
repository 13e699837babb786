"""``daoda rotate-keys``: add a newest sealing key to the key ring."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from daoda.config import environment, installation
from daoda.config.installation import CannotGoOn
from daoda.kit import crypto


def run(options: argparse.Namespace) -> int:
    """Add the key and say what is left to be done."""
    del options
    installation.use_keys(environment.read())
    source = os.environ["DAODA_KEYS"]
    if source.lstrip().startswith("{"):
        raise CannotGoOn(
            "DAODA_KEYS holds the key ring itself: write it to a file, name that, and try again"
        )
    crypto.keyring()
    key_id = crypto.add_sealing_key(Path(source))
    print(
        f"{source} has a new key, {key_id}.\n"
        f"1. Back the file up now: what {key_id} seals is lost without it.\n"
        f"2. Restart web and worker: they seal with {key_id} from then on.\n"
        f"3. The worker then seals anew, page by page, what older keys sealed.\n"
        f"Leave the older keys on the ring: backups made before need them."
    )
    return 0
