"""Settings of the application. Everything that differs between installations comes from the environment.

`MITASU_DATA` (folder), `DATABASE_URL` (default: SQLite in that folder), `MITASU_HOSTS` (names the browser may
use, comma-separated), `MITASU_HTTPS=1` (behind a TLS proxy), `MITASU_DEMO=1` (the band 見本データ), `MITASU_API_LIMIT`
(requests a minute for each token).
"""

from __future__ import annotations

import os
from typing import Any

import dj_database_url

from mitasu.server.accounts.keys import data_folder, key

DATA = data_folder()
SECRET_KEY = key(DATA, "secret")
DEBUG = False
DEMO = os.environ.get("MITASU_DEMO") == "1"
HTTPS = os.environ.get("MITASU_HTTPS") == "1"
ALLOWED_HOSTS = [
    "localhost",
    "127.0.0.1",
    "[::1]",
    *filter(None, os.environ.get("MITASU_HOSTS", "").split(",")),
]
CSRF_TRUSTED_ORIGINS = [f"https://{name}" for name in ALLOWED_HOSTS if HTTPS and not name.startswith("[")]

INSTALLED_APPS = [
    "mitasu.server.config.apps.Config",  # first: its templates take the place of those of the libraries
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "ninja",
    "mitasu.server.accounts.apps.Accounts",
    "mitasu.server.ledger.apps.Ledger",
    "mitasu.server.sites.apps.Sites",
    "mitasu.server.records.apps.Records",
    "mitasu.server.continuity.apps.Continuity",
]
MIDDLEWARE = [
    "mitasu.server.sites.kept_pages.again",  # first: what it keeps has every header
    "django.middleware.security.SecurityMiddleware",
    "mitasu.server.config.middleware.headers",
    "mitasu.server.api.problems.always",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "mitasu.server.config.middleware.errors",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "mitasu.server.config.urls"
WSGI_APPLICATION = "mitasu.server.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mitasu.server.config.context.page",
            ],
            "builtins": ["mitasu.server.config.templatetags.words"],
        },
    }
]
FORM_RENDERER = "mitasu.server.forms.Renderer"

# ---- Database: WAL and immediate transactions, so that writers wait instead of failing -----------------
if os.environ.get("DATABASE_URL"):
    DATABASES: dict[str, Any] = {"default": dj_database_url.config(conn_max_age=60, conn_health_checks=True)}
    # statements of every request are planned once for a connection (accounts.rows)
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("prepare_threshold", 5)
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(DATA / "mitasu.sqlite3"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 5,
                # the log is written back every 16 MB, not every 4: records of the audit trail fill it quickly
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
                "PRAGMA wal_autocheckpoint=4000;",
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---- Accounts --------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "UserAttributeSimilarityValidator": {},
        "MinimumLengthValidator": {"min_length": 12},
        "CommonPasswordValidator": {},
        "NumericPasswordValidator": {},
    }.items()
]
ACCOUNT_ADAPTER = "mitasu.server.accounts.adapter.Adapter"
SOCIALACCOUNT_ADAPTER = "mitasu.server.accounts.adapter.SocialAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {"login_failed": False}  # axes counts failed sign-ins, in the database
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {"add_webauthn": "mitasu.server.accounts.passkeys.AddPasskey"}
MFA_TOTP_ISSUER = "Mitasu"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # only ever reachable as localhost without TLS
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "provider_class": "mitasu.server.accounts.oidc.Provider",
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": os.environ.get("MITASU_OIDC_NAME", "組織のアカウント"),
                "client_id": os.environ["MITASU_OIDC_CLIENT"],
                "secret": os.environ.get("MITASU_OIDC_SECRET", ""),
                "settings": {"server_url": os.environ.get("MITASU_OIDC_SERVER", "")},
            }
        ]
        if os.environ.get("MITASU_OIDC_CLIENT")
        else [],
    }
}
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
AXES_USERNAME_CALLABLE = "mitasu.server.accounts.adapter.name_tried"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "mitasu.server.accounts.views.locked_out"
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False
SESSION_ENGINE = "mitasu.server.accounts.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# ---- Words, days, files -----------------------------------------------------------------------------------
LANGUAGE_CODE = "ja"
TIME_ZONE = "Asia/Tokyo"
USE_I18N = True
USE_TZ = True
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
DOCUMENTS = DATA / "documents"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
UPLOAD_LIMIT = 50 * 1024 * 1024
API_LIMIT = int(os.environ.get("MITASU_API_LIMIT", "600"))
"""Requests a minute that a token may send."""
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if os.environ.get("MITASU_MAIL_HOST")
    else "django.core.mail.backends.dummy.EmailBackend"
)
EMAIL_HOST = os.environ.get("MITASU_MAIL_HOST", "localhost")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
