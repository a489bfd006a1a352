"""Addresses of work in progress."""

from django.urls import path

from jobs import views

urlpatterns = [
    path("", views.all_jobs, name="jobs"),
    path("<int:pk>/", views.job, name="job"),
    path("<int:pk>/progress/", views.progress, name="job-progress"),
    path("<int:pk>/cancel/", views.cancel, name="job-cancel"),
]
