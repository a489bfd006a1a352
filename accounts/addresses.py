"""From where a request came, where proxies stand between."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def of_client(request: HttpRequest) -> str | None:
    """Return the address that the outermost of our own proxies saw (trust.md S22).

    Each proxy adds at the right the address it was asked from. What stands further left than our proxies are many was
    written by whoever asked, and is not believed.
    """
    nearest: str | None = request.META.get("REMOTE_ADDR")
    told = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    seen = told[-settings.PROXIES :][0] if settings.PROXIES else ""
    try:
        return str(ip_address(seen))
    except ValueError:  # no proxy of ours stood between, or what it wrote is no address
        return nearest
