"""Where a creator stands among peers, on their page."""

import re
from datetime import date
from html import unescape

import pytest

from screening import pools
from tests import factories as f
from tests.screening.conftest import browser


@pytest.fixture
def crowd(db):
    """Forty creators of Instagram in US whose posts get 1 to 40 hundred likes."""
    f.market()
    made = [f.profile(handle=f"p{n}") for n in range(40)]
    for n, one in enumerate(made, 1):
        f.metrics(one, followers=50_000, likes_avg=100.0 * n, comments_avg=1.0 * n)
    return made


@pytest.fixture
def frozen(crowd, now):
    """The market's pool."""
    return pools.freeze(f.market(), by=None, now=now)


def seen(who, profile):
    page = browser(who).get(f"/creators/{profile.creator_id}/")
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.content.decode())).split())


class TestPeers:
    def test_are_named_with_their_number_quartiles_and_the_day(self, crowd, frozen):
        text = seen(f.user("strategist", brand="acme", market="US"), crowd[19])
        assert "Compared with peers" in text
        assert "Instagram, United States pool of 20 Nov" in text
        line = re.search(r"40 peers \(micro\): half have (\S+) to (\S+), the middle one (\S+)%", text)
        low, high, median = (float(one.strip("%")) for one in line.groups())
        assert (low, high, median) == pytest.approx((2.0, 6.0, 4.0), rel=0.06)

    def test_are_not_shown_where_they_are_too_few(self, crowd, now):
        for one in crowd[:11]:
            one.creator.do_not_contact = True
            one.creator.save()
        pools.freeze(f.market(), by=None, now=now)
        assert "Compared with peers" not in seen(f.user("strategist", market="US"), crowd[30])

    def test_are_not_shown_before_a_pool_is_frozen_or_once_it_is_gone(self, crowd, now, settings, tmp_path):
        who = f.user("strategist", market="US")
        assert "Compared with peers" not in seen(who, crowd[0])
        pools.freeze(f.market(), by=None, now=now)
        assert "Compared with peers" in seen(who, crowd[0])
        settings.STORE_URL = tmp_path.as_uri()
        assert "Compared with peers" not in seen(who, crowd[0])

    def test_of_a_market_out_of_sight_are_not_shown(self, crowd, now):
        crowd[0].markets = ["US", "RU"]
        crowd[0].save()
        f.market("RU")
        pools.freeze(f.market(), by=None, now=now)
        assert "United States pool" in seen(f.user("strategist", market="US"), crowd[0])
        assert "Compared with peers" not in seen(f.user("strategist", market="RU"), crowd[0])

    def test_are_sealed_with_a_card_of_the_creator(self, crowd, frozen):
        answer = f.recommendation(f.run(f.campaign()), profile=crowd[0])
        f.task(answer, arm="blind")
        text = seen(f.user("strategist", brand="acme", market="US"), crowd[0])
        assert "A card of this creator is sealed for you." in text
        assert "peers (micro)" not in text
        assert "peers (micro)" in seen(f.user("analyst", brand="acme", market="US"), crowd[0])


class TestBehindTheHistory:
    @pytest.fixture
    def risen(self, crowd, now):
        """A creator whose reactions rose from 2 to 12 per cent, when peers were frozen at 0.2 to 8."""
        f.metrics(crowd[19], followers=50_000, likes_avg=1_000.0, comments_avg=10.0, taken_at=date(2026, 5, 1))
        pools.freeze(f.market(), by=None, now=now)
        f.metrics(crowd[19], followers=50_000, likes_avg=6_000.0, comments_avg=10.0, taken_at=date(2026, 11, 10))
        return crowd[19]

    def test_stand_nine_tenths_of_them_with_their_number_and_day(self, risen):
        who = f.user("strategist", brand="acme", market="US")
        text, page = seen(who, risen), browser(who).get(f"/creators/{risen.creator_id}/").content.decode()
        said = r"Grey band: nine tenths of 40 peers \(micro\) in United States as of 20 Nov, (\S+)% to (\S+)%\. Line: "
        low, high = (float(one) for one in re.search(said, text).groups())
        assert (low, high) == pytest.approx((0.4, 7.6), rel=0.08)
        assert page.count('class="pe-band" x="56.0"') == 2  # wide and narrow, behind reactions alone
        assert page.count("dot--odd") == 2

    def test_are_gone_while_a_card_is_sealed(self, risen):
        f.task(f.recommendation(f.run(f.campaign()), profile=risen), arm="blind")
        who = f.user("strategist", brand="acme", market="US")
        text, page = seen(who, risen), browser(who).get(f"/creators/{risen.creator_id}/").content.decode()
        assert "Reactions, share of followers, Instagram" in text
        assert "nine tenths" not in text
        assert 'class="pe-band" x="56.0"' not in page
        assert "dot--odd" not in page

    def test_are_left_out_where_likes_or_comments_alone_are_known(self, crowd, now):
        for day in (1, 9):
            f.metrics(crowd[0], followers=50_000, likes_avg=1_000.0, comments_avg=None, taken_at=date(2026, 6, day))
        pools.freeze(f.market(), by=None, now=now)
        assert "Reactions, share of followers" not in seen(f.user("strategist", market="US"), crowd[0])
