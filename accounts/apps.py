"""Accounts: who people are and what they may see and do."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, their roles, and how they read."""

    name = "accounts"
