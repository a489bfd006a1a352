"""Language, time zone, theme and which fields are seen follow the account; what an account sees is kept nowhere."""

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from accounts import sight
from accounts.models import User


class PreferencesMiddleware:
    """Activate the signed-in person's language, time zone and sight; `?lang=` and the cookie serve the public pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the reader's language and time, and have nobody keep what a signed-in person sees."""
        asked = request.GET.get("lang", "")
        if isinstance(request.user, User):
            translation.activate(request.user.language)
            timezone.activate(zoneinfo.ZoneInfo(request.user.time_zone))
        elif asked in dict(settings.LANGUAGES):
            translation.activate(asked)
        request.LANGUAGE_CODE = translation.get_language()
        before = sight.READER.set(request.user)
        try:
            response = self.get_response(request)
            if isinstance(request.user, User):
                response.headers.setdefault("Cache-Control", "no-store")  # not even in the browser, after signing out
            return response
        finally:
            sight.READER.reset(before)
            timezone.deactivate()
