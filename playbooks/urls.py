"""Addresses of this room."""

from django.urls import URLPattern, URLResolver, path

from playbooks import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("playbooks/<int:task_id>/", views.playbook, name="playbook"),
    path("playbooks/<int:task_id>/letter/", views.letter, name="creator-letter"),
    path("playbooks/<int:task_id>/outcome/", views.outcome, name="outcome"),
]
