"""Addresses of the audit log."""

from django.urls import path, re_path

from audit import views

urlpatterns = [
    path("", views.explorer, name="audit"),
    re_path(r"^export\.(?P<form>csv|jsonl)$", views.download, name="audit-export"),
    path("exports/<int:pk>/", views.file, name="audit-file"),
    path("exports/<int:pk>/download/", views.file_download, name="audit-file-download"),
    path("<uuid:uid>/", views.entry, name="audit-entry"),
]
