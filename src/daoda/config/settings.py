"""Django's settings; everything that differs between installations comes from ``environment``."""

from __future__ import annotations

from pathlib import Path

from daoda.config import environment
from daoda.kit import crypto, logs

DAODA = environment.read()
SOURCE = Path(__file__).resolve().parent.parent

try:
    SECRET_KEY = crypto.keyring().session_secret
except crypto.KeysMissing:
    # Without a key ring nothing that needs a secret works: signing with an empty key is refused
    # by Django itself. Drawing states or making migrations still does.
    SECRET_KEY = ""

DEBUG = DAODA.debug
ALLOWED_HOSTS = list(DAODA.hosts)
CSRF_TRUSTED_ORIGINS = [DAODA.base_url]

INSTALLED_APPS = [
    "daoda.records.shops",
    "daoda.records.accounts",
    "daoda.records.persons",
    "daoda.records.journal",
    "daoda.records.ledger",
    "daoda.records.promises",
    "daoda.trade.catalog",
    "daoda.trade.stock",
    "daoda.trade.suppliers",
    "daoda.trade.orders",
    "daoda.trade.payments",
    "daoda.trade.buyers",
    "daoda.delivery.fulfilment",
    "daoda.delivery.risk",
    "daoda.care.compensation",
    "daoda.watch.rehearsals",
    "daoda.doors.api",
    "daoda.doors.web",
    "daoda.doors.web.staff.apps.RecordsConfig",  # django.contrib.admin, behind our own door
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "ninja",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Phones on slow lines: a page and its assets in a third of the bytes. Lengths are blurred
    # by random padding, so that compression tells nothing about secrets (BREACH).
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "daoda.doors.web.hashed.HashedFiles",
    "daoda.doors.web.middleware.ShopOfHost",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "daoda.config.urls"
WSGI_APPLICATION = "daoda.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "daoda.doors.web.context.shop",
            ],
        },
    },
]

DATABASES = {"default": environment.django_database(DAODA.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Staff"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "daoda.records.accounts.backends.StaffOfShop",
]
PASSWORD_HASHERS = (
    # Only the test suite asks for this one; `daoda doctor --deploy` refuses it.
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if DAODA.cheap_passwords
    else ["django.contrib.auth.hashers.Argon2PasswordHasher"]
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
     "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]  # fmt: skip
LOGIN_URL = "staff:login"

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True  # sign-ins are facts of the journal
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # so that the date we show holds
AXES_USERNAME_FORM_FIELD = "username"  # what credentials are called in Django's signals
AXES_USERNAME_CALLABLE = "daoda.records.accounts.backends.lockout_name"
AXES_CLIENT_IP_CALLABLE = "daoda.records.accounts.backends.client_address"
AXES_LOCKOUT_CALLABLE = "daoda.doors.web.staff.views.entrance.locked_out"
# Login names are unique within a shop, and our backend asks within the shop of the request.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [SOURCE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = DAODA.data / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "daoda.doors.web.hashed.HashedNames"},
}
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = DAODA.data / "files"
MEDIA_URL = "/files/"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # fields; uploaded files have limits of their own
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

SESSION_COOKIE_SECURE = DAODA.secure
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
CSRF_COOKIE_SECURE = DAODA.secure
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "daoda.doors.web.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 180 if DAODA.secure else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if DAODA.trusted_proxies else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        # Payment pages are other sites, reached by submitting a form to them.
        "form-action": ["'self'", "https:", "http://127.0.0.1:*", "http://localhost:*"],
    }
}

LOGGING_CONFIG = None
logs.configure(level=DAODA.log_level)
