"""Who is signed in, with what they may do: both are asked for on every page, and come in one query."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from accounts import access
from accounts.models import Membership, User


class Backend(ModelBackend):
    """Django's own, but whoever is signed in comes with their live memberships."""

    def get_user(self, user_id: Any) -> User | None:
        """Return a person who may sign in, with their scope; None for everybody else. One query, two without a role."""
        held = list(Membership.objects.filter(user=user_id, ended_at__isnull=True).select_related("user"))
        if not held:
            return super().get_user(user_id)
        user = held[0].user
        access.know(user, held)
        return user if self.user_can_authenticate(user) else None
