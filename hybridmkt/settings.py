"""All settings of the project in one place.

Embedded mode (one machine, SQLite, the job table is the queue) unless `DATABASE_URL` is set; then production mode
(PostgreSQL, Redis, Celery), which refuses to start with unsafe or missing settings. Every variable read from the
environment is listed in README under "Settings".
"""

import secrets
import sys
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

# --- mode -----------------------------------------------------------------------------------------------------
PRODUCTION = bool(env.str("DATABASE_URL", ""))
TESTING = "pytest" in sys.modules
# Folder for everything the program writes: database, uploads, pools, results, exports.
DATA_DIR = Path(env.str("HM_DATA_DIR", str(BASE_DIR / "var"))).absolute()
try:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
except OSError as _why:
    raise ImproperlyConfigured(f"{DATA_DIR} cannot be made ({_why.strerror}): let HM_DATA_DIR name another.") from _why
DEBUG = env.bool("DEBUG", False)
# Where frozen pools and results of runs live: a folder or any fsspec URL (s3://bucket/path).
STORE_URL = env.str("HM_STORE_URL", str(DATA_DIR / "store"))
# Candidates of a range: a run over more is spread over the workers, so many to a range however many workers there are.
RANGE_ROWS = env.int("HM_RANGE_ROWS", 262_144)


def _embedded_secret(path: Path) -> str:
    """Return this installation's own secret, made once and readable by its owner only."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


def _needed(name: str) -> str:
    """Return a variable that production cannot run without."""
    value = env.str(name, "")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. With DATABASE_URL set, production mode needs it (README, Settings)."
        )
    return value


if PRODUCTION:
    SECRET_KEY = _needed("SECRET_KEY")
    ALLOWED_HOSTS = [host.strip() for host in _needed("ALLOWED_HOSTS").split(",")]
    REDIS_URL = _needed("REDIS_URL")
    if DEBUG:
        raise ImproperlyConfigured("DEBUG is on and DATABASE_URL is set. Take one of them away.")
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5:
        raise ImproperlyConfigured("SECRET_KEY is too weak: 50 characters or more, chosen at random.")
    if "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS may not be '*': name the hosts that serve the product.")
else:
    SECRET_KEY = env.str("SECRET_KEY", "") or _embedded_secret(DATA_DIR / "secret_key")
    ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
    REDIS_URL = ""
# The log's name in signed checkpoints, and its keys in base64: the private one only where `beat` runs.
AUDIT_ORIGIN = env.str("HM_AUDIT_NAME", f"{ALLOWED_HOSTS[0]}/audit")
AUDIT_KEY = env.str("HM_AUDIT_KEY", "")
AUDIT_KEY_NEXT = env.str("HM_AUDIT_KEY_NEXT", "")
AUDIT_PUBLIC_KEY = env.str("HM_AUDIT_PUBLIC_KEY", "")
# Where signed checkpoints are kept outside the database, each where it is set: an append-only file, an address that
# takes a POST signed by the secret, mailboxes, a git folder.
ANCHOR_FILE = env.str("HM_ANCHOR_FILE", "")
ANCHOR_URL = env.str("HM_ANCHOR_URL", "")
ANCHOR_SECRET = env.str("HM_ANCHOR_SECRET", "")
ANCHOR_MAIL = env.list("HM_ANCHOR_MAIL", default=[])
ANCHOR_GIT = env.str("HM_ANCHOR_GIT", "")
if ANCHOR_URL and not (ANCHOR_SECRET and ANCHOR_URL.startswith(("https://", "http://"))):
    raise ImproperlyConfigured(
        "HM_ANCHOR_URL begins with https:// or http://, and HM_ANCHOR_SECRET signs what goes there."
    )
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# TCP port of the embedded web server, on 127.0.0.1 only.
PORT = env.int("HM_PORT", 8321)
# Proxies of our own that a request passes: so many entries of X-Forwarded-For are believed, counted from the right.
PROXIES = env.int("HM_PROXIES", 1 if PRODUCTION else 0)

# --- apps and middleware ---------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "hybridmkt",
    "accounts",
    "audit",
    "jobs",
    "screening",
    "review",
    "playbooks",
]
MIDDLEWARE = [
    "hybridmkt.middleware.TraceMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "hybridmkt.middleware.LimitMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "audit.middleware.ReadOnlyMiddleware",
    "hybridmkt.middleware.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]
FORM_RENDERER = "hybridmkt.controls.Renderer"
ROOT_URLCONF = "hybridmkt.urls"
WSGI_APPLICATION = "hybridmkt.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hybridmkt.shell.shell",
            ],
        },
    },
]

# --- database ---------------------------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if PRODUCTION:
    DATABASES = {"default": env.db_url("DATABASE_URL") | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
    if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL: postgres://user:password@host:port/name.")
    # A card's row stands on fifteen tables: every order of eight of them is weighed, for six times as long as it takes
    # to read the row, and four find the same plan. Compiling a statement never pays here. Options of the URL win.
    _PLANNER = {"options": "-c join_collapse_limit=4 -c jit=off"}
    DATABASES["default"]["OPTIONS"] = _PLANNER | DATABASES["default"].get("OPTIONS", {})
else:
    # FULL: a power cut must not lose a decision that was acknowledged. IMMEDIATE: writers queue instead of failing.
    DATABASES = {
        "default": {
            "ENGINE": "hybridmkt.sqlite",
            "NAME": DATA_DIR / "db.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 60,  # seconds
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
                "PRAGMA cache_size=-16000;PRAGMA temp_store=MEMORY;",
            },
        }
    }
CACHES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if PRODUCTION
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# --- jobs ---------------------------------------------------------------------------------------------------------
# Seconds a worker may be silent before its job is given to another one.
JOB_LEASE = env.int("HM_JOB_LEASE", 60)
# Times a job is started before it is given up.
JOB_ATTEMPTS = 5
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 7200}  # seconds, over twice the longest job
CELERY_TASK_TIME_LIMIT = 3600  # seconds
CELERY_TASK_DEFAULT_QUEUE = "default"

# --- people ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "accounts.backends.Backend",
]
# Slow, and wants memory, which a row of graphics cards has not. Older hashes are made anew when their person signs in.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
AXES_FAILURE_LIMIT = 5  # wrong passwords for one account from one address
AXES_USERNAME_FORM_FIELD = "username"  # else tries are counted by address alone: our model says "email"
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "accounts.addresses.of_client"
AXES_LOCKOUT_CALLABLE = "accounts.views.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
# An approval asks for the password again from so many times the amount at which the policy's high stakes begin, unless
# the policy names an amount of its own.
FRESH_SIGN_IN_TIMES = env.int("HM_FRESH_SIGN_IN_TIMES", 5)
SESSION_COOKIE_AGE = 8 * 3600  # seconds since the session was last written: sign-in, as a rule
SESSION_SAVE_EVERY_REQUEST = False

# --- security ---------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "hybridmkt.errors.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if PRODUCTION and not TESTING:
    SECURE_SSL_REDIRECT = env.bool("HM_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]  # load balancers ask in plain HTTP and want 200
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
FILE_UPLOAD_PERMISSIONS = 0o600
# What a request may bring. Over it the answer is 413, and nothing of the request is kept.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20  # bytes of one form without its files, and of a whole request that brings none
DATA_UPLOAD_MAX_NUMBER_FIELDS, DATA_UPLOAD_MAX_NUMBER_FILES = 1000, 5
UPLOAD_MAX_SIZE = 2 * 2**30 + 2**20  # bytes of a request with a file of creators: the reader takes 2 GiB
HEADERS_MAX_SIZE = 32 * 2**10  # bytes of all headers; gunicorn counts these instead:
REQUEST_LINE_MAX_SIZE, HEADER_MAX_SIZE, HEADERS_MAX_NUMBER = 4094, 8190, 64
CLIENT_SILENCE = env.int("HM_CLIENT_SILENCE", 20)  # seconds in which a client must send more of what it began
FILE_UPLOAD_TEMP_DIR = None

# --- languages, time ------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ru", _("Russian"))]
# The Russian words are compiled into the first: embedded, the program's own folder may be one that nobody can write.
LOCALE_PATHS = [BASE_DIR / "locale"] if PRODUCTION else [DATA_DIR / "locale", BASE_DIR / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_TZ = True
TIME_ZONE = "UTC"

# --- files ------------------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("HM_STATIC_ROOT", str(DATA_DIR / "static")))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "uploads"},
    },
    "staticfiles": {
        "BACKEND": "hybridmkt.statics.PackedStorage"
        if PRODUCTION and not TESTING
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- API, mail, logging ---------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.authentication.Scoped"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.api.reading.StrictJSON"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "accounts.api.reading.OnlyJSON",
    "DEFAULT_THROTTLE_CLASSES": ["accounts.api.throttle.PerPerson"],
    "DEFAULT_SCHEMA_CLASS": "accounts.api.schema.Schema",
    "EXCEPTION_HANDLER": "accounts.api.problems.answer",
    "DEFAULT_PAGINATION_CLASS": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "hybridmkt",
    "DESCRIPTION": "What the pages do, for programs: the same rights, the same rules, the same log.",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [],  # enumerations stay where their fields are
}
# Requests a minute that one person's programs may make.
API_RATE = env.int("HM_API_RATE", 600)
# Files that one person takes out, and brings in, in an hour.
EXPORTS_AN_HOUR = env.int("HM_EXPORTS_AN_HOUR", 30)
UPLOADS_AN_HOUR = env.int("HM_UPLOADS_AN_HOUR", 60)
_MAIL = env.email_url("EMAIL_URL", "consolemail://")
EMAIL_BACKEND = _MAIL["EMAIL_BACKEND"]
if EMAIL_BACKEND == "django.core.mail.backends.console.EmailBackend":  # without a server the worker prints letters
    EMAIL_BACKEND = "hybridmkt.mail.Console"
EMAIL_HOST, EMAIL_PORT = _MAIL["EMAIL_HOST"] or "localhost", _MAIL["EMAIL_PORT"] or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL["EMAIL_HOST_USER"] or "", _MAIL["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL.get("EMAIL_USE_TLS", False), _MAIL.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _MAIL["EMAIL_FILE_PATH"] or None
EMAIL_TIMEOUT = 20  # seconds
DEFAULT_FROM_EMAIL = env.str("HM_MAIL_FROM", "hybridmkt <hybridmkt@localhost>")
# Where the links of letters lead.
BASE_URL = env.str("HM_BASE_URL", f"https://{ALLOWED_HOSTS[0]}" if PRODUCTION else f"http://127.0.0.1:{PORT}")
# json: an object a line, for programs that collect them; line: for people.
LOG_FORM = env.str("HM_LOG_FORM", "json" if PRODUCTION else "line")
if LOG_FORM not in {"json", "line"}:
    raise ImproperlyConfigured(f"HM_LOG_FORM is {LOG_FORM!r}: it may be json or line.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "hybridmkt.logs.LineFormatter", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "hybridmkt.logs.JSONFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORM}},
    "root": {"handlers": ["console"], "level": env.str("HM_LOG_LEVEL", "WARNING")},
    # What a role may not do and what is not there are answers, not faults: only 5xx are logged with their trace.
    "loggers": {
        "hybridmkt": {"level": "INFO"},
        "jobs": {"level": "INFO"},
        "django.request": {"level": "ERROR"},
        "requests": {"level": "INFO" if LOG_FORM == "json" else "WARNING"},
    },
}
