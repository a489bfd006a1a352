"""Where the rooms are, and what answers when nothing does."""

from django.urls import URLPattern, URLResolver, include, path

from hybridmkt import errors, health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("", include("accounts.urls")),
    path("audit/", include("audit.urls")),
    path("jobs/", include("jobs.urls")),
    path("import/", include("screening.import_urls")),
    path("", include("screening.urls")),
    path("", include("review.urls")),
    path("", include("playbooks.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
