"""Russian pages of screening: no English left over, numbers and plurals as Russians write them."""

import re
from html import unescape

import pytest

from screening import pools
from tests import factories as f
from tests.screening.conftest import browser

# Names, codes, formats and words of other rooms that stay as they are.
KEPT = {
    "hybridmkt", "csv", "json", "lines", "en", "ru", "us", "instagram", "youtube", "tiktok", "twitch", "telegram", "vk",
    "person", "campaign", "creator", "acme", "beauty", "games", "music", "barrier", "cream", "skincare", "cold", "test",
    "i", "film", "for", "weather", "part", "ca", "second", "the",
}  # fmt: skip


def words(page: str) -> set[str]:
    """Return Latin words that a reader sees, aria labels and placeholders included."""
    page = page.split("<main", 1)[1].split(">", 1)[1].split("<dialog", maxsplit=1)[0].split("<template", maxsplit=1)[0]
    labels = re.findall(r'(?:aria-label|placeholder|title)="([^"]*)"', page)
    text = re.sub(r"<script.*?</script>|<svg.*?</svg>|<[^>]*>", " ", page, flags=re.S)
    seen = unescape(" ".join([text, *labels]))
    return {
        word
        for word in re.findall(r"[A-Za-z]{2,}", re.sub(r"@\S+|[0-9a-f]{8,}", " ", seen))
        if word.lower() not in KEPT
    }


@pytest.fixture
def russian(db):
    """The browser of a strategist who reads Russian."""
    return browser(f.user("strategist", brand="acme", market="US", language="ru"))


class TestRussian:
    def test_leaves_no_english_on_the_pages(self, russian, run):
        one, slug = run.recommendations.order_by("rank").first(), run.campaign.slug
        urls = [
            "/campaigns/", "/campaigns/new/", f"/campaigns/{slug}/", f"/campaigns/{slug}/brief/",
            f"/campaigns/{slug}/brief/1/", "/runs/", f"/runs/{run.pk}/", f"/runs/{run.pk}/?list=removed",
            f"/runs/{run.pk}/compare/?p=1,2", f"/runs/{run.pk}/creators/{one.profile_id}/", "/creators/",
            f"/creators/{one.creator_id}/",
        ]  # fmt: skip
        left = {url: found for url in urls if (found := words(russian.get(url).content.decode()))}
        assert not left, {url: sorted(found) for url, found in left.items()}

    def test_declines_by_number(self, russian, run):
        page = russian.get(f"/runs/{run.pk}/compare/?p=1,2,3").content.decode()
        assert "Сравнение: 3 автора" in page

    def test_writes_numbers_with_comma_and_no_break_space(self, russian, campaign, now):
        pools.freeze(campaign.market, by=None, now=now)
        page = russian.get(f"/campaigns/{campaign.slug}/brief/").content.decode()
        assert 'value="8\u00a0000"' in page

    def test_draws_with_points_all_the_same(self, russian, run):
        page = russian.get(f"/runs/{run.pk}/").content.decode()
        assert not re.search(r'(?:x|width|height|y)="\d+,\d', page)

    def test_refuses_in_russian(self, russian, campaign):
        page = russian.post(
            f"/campaigns/{campaign.slug}/brief/", {"base": "1", "action": "save", "use_fee": "on", "fee_max": "много"}
        )
        assert "«много» — не число" in page.content.decode()
