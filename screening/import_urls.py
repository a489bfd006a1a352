"""Addresses of the import pages, below /import/."""

from django.urls import URLPattern, URLResolver, path

from screening import import_views as views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.start, name="import"),
    path("<int:pk>/", views.batch, name="import-batch"),
    path("<int:pk>/map/", views.columns, name="import-map"),
    path("<int:pk>/discard/", views.discard, name="import-discard"),
    path("<int:pk>/progress/", views.progress, name="import-progress"),
    path("<int:pk>/rows/", views.rows, name="import-rows"),
    path("<int:pk>/rows.csv", views.rows_file, name="import-rows-file"),
]
