"""Words of screening for templates."""

from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import wording
from screening import learning, training, words
from screening.forms import market_name
from screening.models import Objective, ScoringModel
from screening.views.histories import Chart

register = template.Library()
register.filter("compact", words.compact)
register.filter("decision_line", words.decision_line)
register.filter("feature_name", words.feature)
register.filter("market_name", market_name)


@register.filter
def figure_of(value: float, chart: Chart) -> str:
    """Return a value on a chart: a share of something as a percentage, a count in short."""
    return words.share(value) if chart.is_share else words.compact(value)


@register.filter
def objective(code: str) -> str:
    """Return what a campaign is to achieve, in words."""
    return str(Objective(code).label) if code in Objective.values else code


@register.filter
def model_source(model: ScoringModel) -> str:
    """Return where a model has its knowledge from: the expert card, or so many results, here and in other markets."""
    if model.kind == "card":
        return _("the expert card")
    if model.is_proxy:
        given = {"n": wording.number(int(model.facts.get("profiles", 0)))}
        return _("learned from next-month engagement of %(n)s profiles, not from campaign results") % given
    if training.target(model) == learning.GRADED:
        given = {"n": words.number_of_results(model.facts)}
        return _("learned from graded results, how far over or under the goal: %(n)s") % given
    n, elsewhere = int(model.facts.get("results", 0)), int(model.facts.get("elsewhere", 0))
    if elsewhere:
        both = ngettext(
            "learned from %(n)s result here and %(m)s in other markets",
            "learned from %(n)s results here and %(m)s in other markets", n,
        )  # fmt: skip
        return both % {"n": wording.number(n), "m": wording.number(elsewhere)}
    return ngettext("learned from %(n)s result", "learned from %(n)s results", n) % {"n": wording.number(n)}


@register.filter
def model_trial(model: ScoringModel) -> str:
    """Return how a learned model did against the one at work when it was made."""
    told = {"version": model.facts["champion"], **learning.gain_words(model.facts)}
    if model.is_proxy:
        return (
            _(
                "On next-month engagement its error (log loss) is smaller than that of version %(version)s by "
                "%(gain)s, 90%% interval %(low)s to %(high)s, each creator judged by a version that had not seen them."
            )
            % told
        )
    if training.target(model) == learning.GRADED:
        return _graded_trial(model.facts)
    return (
        _(
            "On these results its error (log loss) is smaller than that of version %(version)s by %(gain)s, 90%% "
            "interval %(low)s to %(high)s, each creator judged by a version that had not seen them."
        )
        % told
    )


def _graded_trial(told: dict[str, Any]) -> str:
    chances = learning.gain_words(told["chances"])
    given = {
        "version": told["champion"], **learning.gain_words(told), "less": chances["gain"], "from": chances["low"],
        "to": chances["high"],
    }  # fmt: skip
    return (
        _(
            "On these graded results it explains %(gain)s more of how far they lay over or under their goals than "
            "version %(version)s (share of their spread, 90%% interval %(low)s to %(high)s), each creator judged by a "
            "version that had not seen them. The error of its chances (log loss) is smaller by %(less)s (%(from)s to "
            "%(to)s): no candidate may be surely worse in it."
        )
        % given
    )
