"""What strangers send to pages (trust.md 3.3): numbers that no float and no column holds are refused in words.

What they send to the API stands in `tests/review/api/test_bad_input.py`, files in `tests/screening/imports/`.
"""

import pytest
from django.core.exceptions import ValidationError

from review.forms.rules import PolicyForm
from screening.forms import BriefForm
from screening.views import editor

NUMBERS = ["9" * 5_000, "1e400", "-1e400", "NaN", "Infinity", "0x10"]


@pytest.mark.parametrize("text", NUMBERS)
@pytest.mark.parametrize("name", ["decision_line", "unsure_band", "auto_line", "medium_fee", "minute_cost"])
def test_a_rule_of_a_policy_is_no_such_number(name, text):
    with pytest.raises(ValidationError):
        PolicyForm.base_fields[name].clean(text)


class TestABrief:
    def test_shows_what_was_typed_where_it_is_no_number_of_days(self):
        assert editor.summary({"figures_max_days": "9" * 5_000}, ["figures_max_days"]) == "9" * 5_000

    @pytest.mark.django_db
    def test_counts_no_weight_of_so_many_digits(self):
        form = BriefForm({"weight_size": "9" * 5_000, "weight_price": "20"})
        assert editor.weight_sum(form) == 20
