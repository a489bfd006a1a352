"""Words of screening for templates."""

from django import template

from screening import words
from screening.forms import market_name
from screening.models import Objective

register = template.Library()
register.filter("compact", words.compact)
register.filter("decision_line", words.decision_line)
register.filter("feature_name", words.feature)
register.filter("market_name", market_name)


@register.filter
def objective(code: str) -> str:
    """Return what a campaign is to achieve, in words."""
    return str(Objective(code).label) if code in Objective.values else code
