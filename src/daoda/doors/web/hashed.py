"""Styles and scripts under names that hold the hash of their content, so they are kept for ever.

Nothing is collected or written before the start: the names are made from the files of the
packages, once a process. While another version is being started, a page may ask for a name of the
version it came from: it gets the file as it is here, and is told to ask again soon.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from posixpath import splitext
from typing import Any, ClassVar, cast

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.files import File
from django.http import HttpRequest, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

HASH_CHARS = 12
_HASHED = re.compile(rf"\.[0-9a-f]{{{HASH_CHARS}}}(?=\.[^./]+$)")


class HashedNames(StaticFilesStorage):
    """The address of a file holds its hash; in debug mode, where files change, it does not."""

    def url(self, name: str | None) -> str:
        plain = settings.DEBUG or not name or name.endswith("/")
        return str(super().url(name if plain else hashed(str(name))))

    def post_process(
        self, paths: Iterable[str], dry_run: bool = False, **_options: Any
    ) -> Iterator[tuple[str, str, bool]]:
        """For who collects the files for a server in front: each also under its hashed name."""
        for name in () if dry_run else paths:
            copy = hashed(name)
            if copy != name and not self.exists(copy):
                with self.open(name) as file:
                    self.save(copy, File(file))
            yield name, copy, copy != name


class HashedFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # ships no types
    """Serve every file of the packages under both its names; the hashed one never changes."""

    # One reading for all instances of a process: every client of a test makes one.
    _found: ClassVar[dict[str, StaticFile]] = {}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not self.autorefresh and request.path_info not in self.files:
            earlier = self.files.get(_HASHED.sub("", request.path_info))
            if earlier is not None and request.path_info.startswith(self.static_prefix):
                return cast(HttpResponseBase, self.serve(earlier, request))
        return cast(HttpResponseBase, super().__call__(request))

    def add_files_from_finders(self) -> None:
        if not self._found:
            super().add_files_from_finders()
            self._found.update(self.files)
        self.files.update(self._found)

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        super().add_file_to_dictionary(url, path, stat_cache=stat_cache)
        copy = self.static_prefix + hashed(url.removeprefix(self.static_prefix))
        if copy != url:
            super().add_file_to_dictionary(copy, path, stat_cache=stat_cache)


@cache
def hashed(name: str) -> str:
    """The name with its content's hash before the ending; as it is for a file nobody has."""
    found = finders.find(name)
    if found is None:
        return name
    digest = hashlib.sha256(Path(found).read_bytes()).hexdigest()[:HASH_CHARS]
    stem, ending = splitext(name)
    return f"{stem}.{digest}{ending}"
