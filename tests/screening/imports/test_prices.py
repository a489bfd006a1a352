"""A price in a file becomes a price of the profile, in minor units of its currency."""

import pytest
from django.core.management import call_command

from screening.models import Metrics
from tests import factories as make
from tests.screening.imports.files import write


@pytest.fixture
def prices(db, tmp_path):
    def read(*cells, market="US", **fields):
        make.market(market, **fields)
        lines = [f"creator_{n},{10_000 + n},{cell}" for n, cell in enumerate(cells)]
        path = write(tmp_path / "prices.csv", "\n".join(["username,followers,price per post", *lines]))
        call_command("import_creators", str(path), platform="instagram", market=market, as_of="2026-11-01", verbosity=0)
        return list(Metrics.objects.order_by("pk").values_list("fee_minor", "currency"))

    return read


class TestPrices:
    def test_are_read_in_the_markets_currency(self, prices):
        assert prices("1200", "99.50") == [(120_000, "USD"), (9_950, "USD")]

    def test_keep_the_currency_they_name(self, prices):
        assert prices("€300", "€450") == [(30_000, "EUR"), (45_000, "EUR")]

    def test_of_a_currency_without_minor_units_stay_whole(self, prices):
        assert prices("30000", "45000", market="JP", currency="JPY") == [(30_000, "JPY"), (45_000, "JPY")]

    def test_of_another_currency_are_not_the_markets(self, prices):
        found = prices("500 GBP", "4000 INR", "9000 р", "5000руб", "1200р", "5000USD", "500 kr")
        assert [currency for _, currency in found] == ["GBP", "INR", "RUB", "RUB", "RUB", "USD", ""]

    def test_of_a_currency_that_is_not_known_are_not_lost_silently(self, prices, capsys):
        assert prices("500 quatloos", "700 quatloos") == [(None, ""), (None, "")]

    def test_are_read_in_the_currency_of_their_header(self, db, tmp_path):
        make.market("US")
        path = write(tmp_path / "prices.csv", "username,followers,price (GBP)\nanna,5,100\nivan,6,$200\n")
        call_command("import_creators", str(path), platform="instagram", market="US", as_of="2026-11-01", verbosity=0)
        assert list(Metrics.objects.order_by("pk").values_list("currency", flat=True)) == ["GBP", "USD"]

    def test_with_a_sign_of_several_currencies_are_not_guessed(self, prices):
        assert prices("¥30000", "¥45000") == [(None, ""), (None, "")]


class TestBasis:
    @pytest.mark.parametrize("basis", ["per_post", "Post", "за публикацию", ""])
    def test_of_a_post_keeps_the_price(self, db, tmp_path, basis):
        assert self.read(tmp_path, basis) == [120_000, 90_000]

    def test_of_an_order_leaves_it_empty_and_says_so(self, db, tmp_path, capsys):
        assert self.read(tmp_path, "per_order") == [120_000, None]
        assert "basis, 1 cell" in capsys.readouterr().out

    def read(self, tmp_path, basis):
        make.market("US")
        lines = ["username,followers,price,basis", "anna,10000,1200,per post", f"boris,20000,900,{basis}"]
        path = write(tmp_path / "prices.csv", "\n".join(lines))
        call_command("import_creators", str(path), platform="instagram", market="US", as_of="2026-11-01")
        return list(Metrics.objects.order_by("pk").values_list("fee_minor", flat=True))
