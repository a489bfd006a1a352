"""Where the rooms are, and what answers when nothing does."""

from django.urls import URLPattern, URLResolver, include, path

from hybridmkt import api, erasure_views, errors, health, people_export, retention_views

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("api/schema/", api.Schema.as_view(), name="api-schema"),
    path("api/docs/", api.page, name="api-docs"),
    path("api/", include("accounts.api_urls")),
    path("api/", include("audit.api_urls")),
    path("api/", include("jobs.api_urls")),
    path("api/", include("screening.api_urls")),
    path("api/", include("review.api_urls")),
    path("", include("accounts.urls")),
    path("audit/", include("audit.urls")),
    path("jobs/", include("jobs.urls")),
    path("import/", include("screening.import_urls")),
    path("", include("screening.urls")),
    path("", include("review.urls")),
    path("", include("playbooks.urls")),
    path("people/export.csv", people_export.people, name="people-export"),
    path("retention/", retention_views.page, name="retention"),
    path("retention/<str:code>/", retention_views.change, name="retention-set"),
    path("erasure/creators/<int:pk>/", erasure_views.creator, name="erase-creator"),
    path("erasure/creators/<int:pk>/copy/", erasure_views.copy_creator, name="copy-creator"),
    path("erasure/people/<int:pk>/", erasure_views.person, name="erase-person"),
    path("erasure/people/<int:pk>/copy/", erasure_views.copy_person, name="copy-person"),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
