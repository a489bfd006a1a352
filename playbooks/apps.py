"""Playbooks: what we do with a decision, and what came of it."""

from django.apps import AppConfig


class PlaybooksConfig(AppConfig):
    name = "playbooks"
