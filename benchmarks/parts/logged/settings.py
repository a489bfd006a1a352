"""The product's settings, and beside its apps the peers' and the rows they log."""

from hybridmkt.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "auditlog", "simple_history", "benchmarks.parts.logged"]  # noqa: F405
