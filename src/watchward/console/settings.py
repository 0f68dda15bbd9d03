"""Django's settings: copied from the console's one configuration, never decided here."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from watchward.console.config import current
from watchward.console.database import databases

WATCHWARD = current()
_FOLDER = Path(__file__).parent

SECRET_KEY = WATCHWARD.secret_key.get_secret_value()
DEBUG = False
ROOT_URLCONF = "watchward.console.urls"
ASGI_APPLICATION = "watchward.console.asgi.application"
# localhost and 127.0.0.1 stay, so that a health check on the machine itself is answered.
ALLOWED_HOSTS = [urlsplit(WATCHWARD.public_url).hostname or "", "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [WATCHWARD.public_url]
DATABASES = databases(WATCHWARD)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "watchward.console.access",
    "watchward.console.estate",
    "watchward.console.care",
    "watchward.console.harm",
    "watchward.console.scenarios",
    "watchward.console.respond",
    "watchward.console.detect",
    "watchward.console.advisory",
    "watchward.console.normal",
    "watchward.console.rules",
    "watchward.console.coverage",
    "watchward.console.lookback",
    "watchward.console.tokens",
    "watchward.console.hunts",
    "watchward.console.link",
    "watchward.console.intel",
    "watchward.console.protect",
    "watchward.console.taxii",
    "watchward.console.controls",
    "watchward.console.node",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "watchward.console.middleware.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "watchward.console.middleware.SignInRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "watchward.console.middleware.ErrorsInWords",
    "watchward.console.access.session.SessionLimits",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [_FOLDER / "jinja2"],
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "watchward.console.jinja.environment",
            "context_processors": [
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
    # The texts of allauth's mails are Django templates; every page is Jinja.
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    },
]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = False
USE_TZ = True
STATIC_URL = "/static/"

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_TEMPLATE_EXTENSION = "jinja"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_ADAPTER = "watchward.console.access.adapters.AccountAdapter"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
MFA_ADAPTER = "watchward.console.access.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn"]
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an address is verified by the invitation that it received
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Watchward"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not WATCHWARD.secure

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

SESSION_COOKIE_AGE = WATCHWARD.idle_minutes * 60
SESSION_COOKIE_NAME = "__Host-session" if WATCHWARD.secure else "session"
SESSION_COOKIE_SECURE = WATCHWARD.secure
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if WATCHWARD.secure else "csrf"
CSRF_COOKIE_SECURE = WATCHWARD.secure
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "watchward.console.views.forged"
# On the machine itself it would bind every other service of "localhost" too.
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if WATCHWARD.secure and "//localhost" not in WATCHWARD.public_url else 0
# The one listener speaks TLS and nothing else, so there is nothing to redirect from (W008). What other names below the
# node's domain do, and whether browsers should be told of it for ever, is for the site to say (W005, W021).
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

_MAIL = urlsplit(WATCHWARD.smtp_url.get_secret_value())
EMAIL_HOST, EMAIL_PORT = _MAIL.hostname or "localhost", _MAIL.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_MAIL.username or ""), unquote(_MAIL.password or "")
EMAIL_USE_SSL = _MAIL.scheme == "smtps"
EMAIL_USE_TLS = _MAIL.scheme == "smtp" and bool(_MAIL.username)  # a password never travels in the clear
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = WATCHWARD.mail_from

LOGGING_CONFIG = None  # the process that runs the console sets up logging (watchward.node.logs)
