"""What a person types for an own score: a weight for each factor, some rules, and the name it is kept by."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from screening import own_scores, words
from screening.engine.features import CHOICE, FEATURES
from screening.engine.own import Own, Rule, Side
from screening.forms import AmountField
from screening.own_scores import MOST_NAME, MOST_POINTS, MOST_RULES, MOST_WEIGHT

SIDES = ((Side.LEAST, _("at least")), (Side.MOST, _("at most")), (Side.UNKNOWN, _("not known")))
PARTS = ("feature", "side", "value", "points")


class OwnForm(forms.Form):
    """Weights of a run's factors in per cent, and a few rules. features: those that its brief asks about."""

    name = forms.CharField(label=_("Name of the score"), max_length=MOST_NAME, required=False)

    def __init__(self, data: Any = None, *, features: Sequence[str], start: Own | None = None) -> None:
        super().__init__(data, initial=_initial(start or Own()))
        self.features = sorted(features, key=words.feature)
        for code in self.features:
            self.fields[f"w_{code}"] = forms.IntegerField(
                label=words.feature(code), min_value=0, max_value=MOST_WEIGHT, required=False, initial=100
            )
        ruled = [(code, words.feature(code)) for code in self.features if FEATURES[code].scale != CHOICE]
        for number in range(MOST_RULES):
            self.fields |= _rule_fields(number, ruled)

    def weights(self) -> Iterator[tuple[str, BoundField]]:
        """Yield each factor with the field of its weight, by name."""
        return ((code, self[f"w_{code}"]) for code in self.features)

    def rules(self) -> list[list[BoundField]]:
        """Return the fields of each rule."""
        return [[self[f"r{number}_{part}"] for part in PARTS] for number in range(MOST_RULES)]

    def clean(self) -> dict[str, Any]:
        """Ask of each rule that was begun what it lacks."""
        said = super().clean() or self.cleaned_data
        for number in range(MOST_RULES):
            self._check(number, said)
        return said

    def _check(self, number: int, said: dict[str, Any]) -> None:
        code, _side, value, points = (said.get(f"r{number}_{part}") for part in PARTS)
        if any(f"r{number}_{part}" in self.errors for part in PARTS):
            return
        if not code:
            if value is not None or points:
                self.add_error(f"r{number}_feature", _("Choose the factor of this rule."))
            return
        for part, sentence in own_scores.faults(_rule(said, number)):
            self.add_error(f"r{number}_{part}", sentence)

    def own(self) -> Own:
        """Return what was typed; the form is valid."""
        said = self.cleaned_data
        weights = {code: said[f"w_{code}"] for code in self.features}
        kept = {code: weight / 100 for code, weight in weights.items() if weight not in {None, 100}}
        return Own(kept, tuple(_rule(said, number) for number in range(MOST_RULES) if said[f"r{number}_feature"]))


def _rule_fields(number: int, features: Sequence[tuple[str, str]]) -> dict[str, forms.Field]:
    place = {"n": number + 1}
    return {
        f"r{number}_feature": forms.ChoiceField(
            label=gettext("Rule %(n)d: factor") % place, required=False, choices=[("", gettext("no rule")), *features]
        ),
        f"r{number}_side": forms.ChoiceField(
            label=gettext("Rule %(n)d: when") % place, required=False, choices=SIDES
        ),
        f"r{number}_value": AmountField(label=gettext("Rule %(n)d: value") % place, required=False),
        f"r{number}_points": forms.IntegerField(
            label=gettext("Rule %(n)d: points") % place, required=False, min_value=-MOST_POINTS, max_value=MOST_POINTS
        ),
    }  # fmt: skip


def _rule(said: dict[str, Any], number: int) -> Rule:
    code, side, value, points = (said[f"r{number}_{part}"] for part in PARTS)
    return own_scores.rule(code, side or Side.LEAST, points or 0, value)


def _initial(own: Own) -> dict[str, Any]:
    found: dict[str, Any] = {f"w_{code}": round(100 * weight) for code, weight in own.weights.items()}
    for number, rule in enumerate(own.rules):
        for part in PARTS:
            found[f"r{number}_{part}"] = getattr(rule, part)
    return found
