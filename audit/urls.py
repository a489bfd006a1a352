"""Addresses of the audit log."""

from django.urls import path, re_path

from audit import views

urlpatterns = [
    path("", views.explorer, name="audit"),
    re_path(r"^export\.(?P<form>csv|jsonl|parquet)$", views.download, name="audit-export"),
    path("check/", views.check, name="audit-check"),
    path("rolled-back/", views.rolled_back, name="audit-rolled-back"),
    path("receipt/", views.receipt, name="audit-receipt"),
    path("receipt/file/", views.receipt_file, name="audit-receipt-file"),
    path("verifier/", views.verifier, name="audit-verifier"),
    path("verifier/verify.py", views.verifier_file, name="audit-verifier-file"),
    path("exports/", views.exports, name="audit-exports"),
    path("exports/<int:pk>/", views.file, name="audit-file"),
    path("exports/<int:pk>/download/", views.file_download, name="audit-file-download"),
    path("<uuid:uid>/", views.entry, name="audit-entry"),
]
