"""Signs, numbers, times and small drawings for templates. The wording itself is `accounts.wording`."""

import datetime as dt
import functools
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, RadioSelect, Select, Textarea
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import sight, wording
from hybridmkt import charts

register = template.Library()

register.filter("points", wording.points)
register.filter("percent", wording.percent)
register.filter("share", wording.share)
register.filter("number", wording.number)
register.filter("money", wording.money)
register.filter("chance_words", wording.chance_words)
register.filter("chance_range", wording.chance_range)
register.filter("short_hash", wording.short_hash)
register.filter("clock", wording.clock)
register.filter("left", wording.left)
register.simple_tag(sight.amount, name="amount")
register.simple_tag(charts.contrib_bar, name="contrib_bar")
register.simple_tag(charts.share_bar, name="bar")
register.simple_tag(charts.interval_strip, name="interval_strip")
register.simple_tag(charts.chance_strip, name="chance_strip")
register.simple_tag(charts.peer_strip, name="peer_strip")
register.simple_tag(charts.together_strip, name="together_strip")
register.simple_tag(charts.reliability_plot, name="reliability_plot")
register.simple_tag(charts.trio_strip, name="trio_strip")


@register.simple_tag
@functools.cache  # a list shows a hundred of a few dozen
def icon(name: str, size: str = "") -> SafeString:
    """Return a sign of the sprite: {% icon "check" %}, {% icon "lock" "lg" %}. Silent: words stand beside it."""
    classes = f"ic ic--{size}" if size else "ic"
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', classes, static("icons.svg"), name
    )


@register.filter
def ago(moment: dt.datetime) -> str:
    """Return how long ago a moment was: 5 minutes ago, today 14:31."""
    return wording.ago(moment)


@register.filter
def when(moment: dt.datetime) -> str:
    """Return a moment as people say it: today 14:31, 18 Nov 16:00."""
    return wording.when(moment)


@register.filter
def day(moment: dt.datetime | dt.date) -> str:
    """Return a date in words: 18 Nov, with its year where that is not this one."""
    return wording.day(moment)


@register.inclusion_tag("partials/_due.html")
def due(moment: dt.datetime | None, *, paused: object = False) -> dict[str, Any]:
    """Show the time left: grey over 4 h, orange under 4 h, red under 1 h; 'paused' while somebody is asked."""
    seconds = (moment - timezone.now()).total_seconds() if moment else 0.0
    tone = "" if paused or not moment or seconds >= 4 * 3600 else "soon" if seconds >= 3600 else "now"
    return {"at": moment, "paused": paused, "tone": tone, "left": wording.left(seconds), "is_over": seconds <= 0}


@register.filter
def initials(name: str) -> str:
    """Return two letters for an avatar, in the name's own script."""
    words = [word for word in name.replace("@", " ").replace("_", " ").split() if word[0].isalnum()]
    return ("".join(word[0] for word in words[:2]) or "?").upper()


@register.filter
def tone(name: str) -> str:
    """Return the avatar's colour for a name: always the same one, a to e."""
    return "abcde"[sum(map(ord, name)) % 5]


@register.filter
def control(field: BoundField) -> SafeString:
    """Render a form field's widget with the class of its kind."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput | RadioSelect):
        return field.as_widget()
    kind = "select" if isinstance(widget, Select) else "textarea" if isinstance(widget, Textarea) else "input"
    return field.as_widget(attrs={"class": f"{kind} {widget.attrs.get('class', '')}".strip()})


@register.filter
def get(mapping: dict[Any, Any], key: Any) -> Any:
    """Return a value of a mapping, or None."""
    return mapping.get(key)
