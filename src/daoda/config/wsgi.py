"""Django as WSGI: the faster of its two doors."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daoda.config.settings")
application = get_wsgi_application()
