"""Addresses of this room's resources."""

from django.urls import path

from jobs import api

urlpatterns = [
    path("jobs/", api.JobList.as_view(), name="api-jobs"),
    path("jobs/<int:pk>/", api.OneJob.as_view(), name="api-job"),
    path("jobs/<int:pk>/cancel/", api.CancelJob.as_view(), name="api-job-cancel"),
]
