"""Addresses of this room's resources."""

from django.urls import path

from audit import api

urlpatterns = [
    path("audit/", api.EntryList.as_view(), name="api-entries"),
    path("audit/<uuid:uid>/", api.OneEntry.as_view(), name="api-entry"),
]
