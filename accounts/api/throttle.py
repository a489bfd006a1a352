"""How often one person asks in a minute. Counted in the cache: without it nobody is refused, work goes on."""

import logging
from typing import TYPE_CHECKING, Any

from django.conf import settings
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle

from accounts import addresses

if TYPE_CHECKING:  # while the framework reads its settings its views are not there yet
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)


class PerPerson(UserRateThrottle):
    """At most `API_RATE` requests a minute of a person, whatever keys they use; of a stranger by address."""

    def get_rate(self) -> str:
        """Return the rate as DRF reads it."""
        return f"{settings.API_RATE}/min"

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Tell whether the person may ask now."""
        try:
            return bool(super().allow_request(request, view))
        except RedisError:
            logger.warning("The cache does not answer: requests are not counted")
            return True

    def get_ident(self, request: Any) -> str:
        """Return a stranger's address, behind as many proxies as are ours."""
        return addresses.of_client(request._request) or ""
