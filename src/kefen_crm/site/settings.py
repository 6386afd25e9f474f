"""Django settings. Everything an installation may change comes from `KEFEN_*` and `DATABASE_URL`.

Read here: `KEFEN_DATA` (data directory), `DATABASE_URL` (PostgreSQL), `KEFEN_TIMEZONE`,
`KEFEN_LANGUAGE`, `KEFEN_SECRET_KEY`, `KEFEN_HOSTS` (comma-separated), `KEFEN_HTTPS=1`,
`KEFEN_STATIC` (a folder of collected static files), `KEFEN_UPLOAD_MB` (largest file to import),
`KEFEN_TRUSTED_PROXIES` (how many proxies stand before the site), `KEFEN_DEMO=1`,
`KEFEN_SMTP` (mail server), `KEFEN_MAIL_FROM`, `KEFEN_URL` (for links in mails),
`KEFEN_WEBHOOKS_PRIVATE=1`, `KEFEN_DEBUG=1`.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.contrib.messages import constants as message_levels
from django.utils.translation import gettext_lazy as _

from kefen_crm.environment import (
    address,
    database,
    hosts,
    mail_server,
    secret_key,
    switch,
    trusted_proxies,
    upload_limit,
)
from kefen_crm.gateway.settings import stored_settings
from kefen_crm.process.logs import configuration

PACKAGE = Path(__file__).resolve().parent.parent

KEFEN_DATA = Path(os.environ.get("KEFEN_DATA", "kefen-data")).resolve()
STORED = stored_settings(KEFEN_DATA)
KEFEN_DEMO = switch("KEFEN_DEMO")
KEFEN_MONITORING_TOKEN = os.environ.get("KEFEN_MONITORING_TOKEN", "")
"""Shows figures and details of health to whoever sends it; without one, to this machine alone."""
_folder = os.environ.get("KEFEN_DATABASE_FOLDER")
KEFEN_DATABASE_FOLDER = Path(_folder) if _folder else None
"""Where Kefen's own PostgreSQL keeps its files; None where another is used."""

DEBUG = switch("KEFEN_DEBUG")
SECRET_KEY = secret_key(KEFEN_DATA / "secret-key")
ALLOWED_HOSTS = hosts() or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"https://{host.removeprefix('.')}" for host in hosts() if host != "*"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "ninja",
    "django_htmx",
    "django_tables2",
    "django_filters",
    "crispy_forms",
    "crispy_bootstrap5",
    "simple_history",
    "procrastinate.contrib.django",
    # Each folder of the package that is an app.
    *(f"kefen_crm.{apps.parent.name}" for apps in sorted(PACKAGE.glob("*/apps.py"))),
]

MIDDLEWARE = [
    "kefen_crm.site.monitoring.views.at_once",
    "kefen_crm.platform.requests.request_id",
    "kefen_crm.platform.requests.no_store",
    "django.middleware.security.SecurityMiddleware",
    "kefen_crm.platform.middleware.content_security_policy",
    "kefen_crm.operations.company.business_day",
    "kefen_crm.platform.api.middleware.problems",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "kefen_crm.operations.company.company_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kefen_crm.platform.middleware.preferred_language",
    "kefen_crm.platform.middleware.no_null_characters",
    "kefen_crm.platform.middleware.led_from_dialogs",
    "kefen_crm.platform.middleware.sign_in_again",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "kefen_crm.team.middleware.own_password",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "kefen_crm.grading.middleware.Today",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "kefen_crm.site.urls"
WSGI_APPLICATION = "kefen_crm.site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "site" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kefen_crm.site.context.layout",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "kefen_crm.platform.templatetags.kefen",
            ],
        },
    }
]

DATABASES = {"default": database(os.environ.get("DATABASE_URL", "postgresql:///kefen"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    # Shared by all web processes, so that attempts to sign in are counted once.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
    },
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # Figures of queries, each under what the tables held when it was read.
    "figures": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "figures",
        "TIMEOUT": 3600,
        "OPTIONS": {"MAX_ENTRIES": 1_000},
    },
    # Documents of the designer in the making: forms send what changed since.
    "documents": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "documents",
        "TIMEOUT": 3600,
        "OPTIONS": {"MAX_ENTRIES": 500},
    },
    # Pictures of runs: a run never changes, so what was drawn once is kept.
    "pictures": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": KEFEN_DATA / "cache" / "pictures",
        "TIMEOUT": None,
        "OPTIONS": {"MAX_ENTRIES": 5_000},
    },
}

AUTH_USER_MODEL = "team.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "kefen_crm.team.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {"login": "kefen_crm.team.forms.LoginForm"}
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_PRESERVE_USERNAME_CASING = False
# Wrong passwords by name whatever the address, and by address whatever the name.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "20/m/ip,5/5m/key",
    "reauthenticate": "10/m/user",
    "public": "60/m/ip",
    "message_refused": "30/m/ip",
    "public_form": "20/10m/ip",
}
ALLAUTH_TRUSTED_PROXY_COUNT = trusted_proxies()
"""Proxies before the site whose `X-Forwarded-For` is believed; 0 takes the peer's own address."""
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses are entered by administrators
MFA_FORMS = {"authenticate": "kefen_crm.team.forms.AuthenticateForm"}
MFA_TOTP_ISSUER = "Kefen"
MFA_TOTP_TOLERANCE = 1
USERSESSIONS_TRACK_ACTIVITY = False

LANGUAGE_CODE = {"en": "en"}.get(STORED.language, "zh-hans")
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [PACKAGE / "locale"]
TIME_ZONE = STORED.timezone
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = os.environ.get("KEFEN_STATIC") or None
STATICFILES_DIRS = [
    PACKAGE / "static",
    ("kefen", PACKAGE.parent / "kefen" / "report" / "assets"),
]
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_ROOT
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
MEDIA_ROOT = KEFEN_DATA / "uploads"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 << 20
KEFEN_UPLOAD_LIMIT = upload_limit()
"""Bytes of the largest file that may be imported through the site."""

SESSION_COOKIE_AGE = 30 * 24 * 3600
# No cache before it: a session that was ended is ended in every web process at once.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if switch("KEFEN_HTTPS"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 30 * 24 * 3600

MESSAGE_TAGS = {message_levels.ERROR: "danger", message_levels.DEBUG: "secondary"}
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
DJANGO_TABLES2_TEMPLATE = "components/table.html"
DJANGO_TABLES2_PAGE_RANGE = 7
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
NINJA_PAGINATION_PER_PAGE = 100
SIMPLE_HISTORY_REVERT_DISABLED = True

globals().update(mail_server(os.environ.get("KEFEN_SMTP", "").strip()))
DEFAULT_FROM_EMAIL = os.environ.get("KEFEN_MAIL_FROM", "kefen@localhost")
KEFEN_URL = address()
KEFEN_WEBHOOKS_PRIVATE = switch("KEFEN_WEBHOOKS_PRIVATE")
"""Where people find the site, for links in mails; without it mails have none."""

LOGGING = configuration(os.environ.get("KEFEN_PROCESS", "kefen"))
