"""Addresses of this room's resources."""

from django.urls import path

from accounts.api import me

urlpatterns = [path("me/", me.Me.as_view(), name="api-me")]
