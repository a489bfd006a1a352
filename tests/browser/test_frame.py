"""The frame in a browser: signing in, settings, keys, themes, small screens."""

import re

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.browser.conftest import COLOURS, NARROW, PHONE, WIDE

pytestmark = pytest.mark.django_db(transaction=True)
NOT_FOUND = "status of 404"
FORBIDDEN = "status of 403"


def admin(**fields):
    factories.brand("acme")
    factories.market("RU")
    return factories.user("admin", name="Oleg Reznik", **fields)


class TestSignIn:
    @pytest.mark.parametrize(
        ("language", "email", "password", "button", "heading"),
        [
            ("en", "Work email", "Password", "Sign in", "Settings"),
            ("ru", "Рабочая почта", "Пароль", "Войти", "Настройки"),
        ],
    )
    def test_leads_to_the_page_that_was_asked_for(self, visit, language, email, password, button, heading):
        person = factories.user("strategist", language=language)
        page = visit(f"/sign-in/?next=/settings/&lang={language}")
        page.get_by_label(email).fill(person.email)
        page.get_by_label(password, exact=True).fill("correct horse")
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()

    def test_puts_the_focus_on_what_went_wrong(self, visit):
        page = visit("/sign-in/")
        page.get_by_label("Work email").fill("nobody@example.org")
        page.get_by_label("Password", exact=True).fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator(".errsum")).to_be_focused()
        expect(page).to_have_title(re.compile("^Error:"))

    def test_shows_the_password_on_demand(self, visit):
        page = visit("/sign-in/")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("#id_password")).to_have_attribute("type", "text")


class TestTheme:
    def test_turns_at_once_and_stays(self, visit):
        page = visit("/settings/", user=admin())
        with page.expect_response("**/settings/quick/"):
            page.get_by_role("button", name="Light or dark theme").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")

    def test_follows_the_system_where_nothing_was_chosen(self, visit):
        page = visit("/settings/", user=admin(), theme="dark")
        assert page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(13, 16, 21)"


class TestLanguage:
    def test_turns_and_stays_on_the_page(self, visit):
        page = visit("/people/", user=admin())
        page.get_by_role("button", name="Русский").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Люди")


class TestKeys:
    def press_russian(self, page, key, code, *, shift=False):
        event = {"key": key, "code": code, "shiftKey": shift, "bubbles": True}
        page.locator("body").dispatch_event("keydown", event)

    def test_list_themselves_on_a_russian_layout(self, visit):
        page = visit("/settings/", user=admin())
        self.press_russian(page, ",", "Slash", shift=True)
        expect(page.locator("dialog#keys")).not_to_be_visible()
        page.keyboard.press("?")
        expect(page.locator("dialog#keys")).to_be_visible()

    def test_lead_to_another_page(self, visit):
        page = visit("/settings/", user=factories.user("manager"))
        page.locator("a[data-go=l]").evaluate("e => { e.dataset.go = 'o' }")
        self.press_russian(page, "п", "KeyG")
        self.press_russian(page, "щ", "KeyO")
        page.wait_for_url("**/audit/")

    def test_do_nothing_inside_a_field(self, visit):
        page = visit("/people/", user=admin())
        page.get_by_label("Find a person").press("?")
        expect(page.locator("dialog#keys")).not_to_be_visible()

    def test_do_nothing_where_they_are_turned_off(self, visit):
        page = visit("/settings/", user=admin(shortcuts=False))
        page.keyboard.press("?")
        expect(page.locator("dialog[open]")).to_have_count(0)


class TestDraft:
    def test_survives_a_reload(self, visit):
        page = visit("/people/", user=admin())
        page.get_by_role("link", name="Invite").click()
        page.get_by_label("Name", exact=True).fill("Nina Park")
        page.reload()
        page.get_by_role("link", name="Invite").click()
        expect(page.get_by_label("Name", exact=True)).to_have_value("Nina Park")

    def test_is_gone_once_it_was_taken(self, visit):
        page = visit("/people/", user=admin())
        page.get_by_role("link", name="Invite").click()
        page.get_by_label("Name", exact=True).fill("Nina Park")
        page.locator("#invite_email").fill("nina@example.org")
        page.locator("#invite_reason").fill("Joins the team in Moscow")
        page.locator("dialog").get_by_role("button", name="Invite").click()
        expect(page.get_by_text("Hand this link over")).to_be_visible()
        page.goto(page.url.replace("/invite/", "/"))
        page.get_by_role("link", name="Invite").click()
        expect(page.get_by_label("Name", exact=True)).to_have_value("")


class TestWithoutScript:
    def test_the_menu_opens_on_a_phone(self, browser, live_server, visit):
        visit("/settings/", user=admin())
        cookies = visit("/settings/").context.cookies()
        context = browser.new_context(java_script_enabled=False, viewport=PHONE)
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto(live_server.url + "/settings/")
        page.get_by_role("link", name="Menu").click()
        expect(page.get_by_role("link", name="People")).to_be_visible()
        page.get_by_role("link", name="Close the menu").click()
        expect(page.get_by_role("link", name="People")).not_to_be_visible()
        context.close()


PAGES = {"signin": "/sign-in/", "settings": "/settings/", "password": "/settings/password/", "people": "/people/",
         "404": "/nowhere/", "403": "/audit/"}  # fmt: skip


# Where test_every_page has been on a desk and at 320 px in both languages; a page without a person it sees in one.
WALKED = {"settings", "password", "people"}


class TestEveryPage:
    @pytest.mark.parametrize("name", PAGES)
    @pytest.mark.parametrize(("theme", "rules"), [("light", None), ("dark", COLOURS)])
    def test_is_open_to_everybody(self, visit, check_axe, shoot, expected, name, theme, rules):
        expected += [NOT_FOUND, FORBIDDEN]
        user = None if name == "signin" else admin()
        page = visit(PAGES[name], user=user, theme=theme, size=WIDE)
        shoot(f"{name}-desktop-{theme}")
        if name not in {*WALKED, "signin"}:
            check_axe(page, only=rules)
        page.set_viewport_size(PHONE)
        check_axe(page, only=rules)
        shoot(f"{name}-phone-{theme}")

    @pytest.mark.parametrize("name", sorted(PAGES.keys() - WALKED))
    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_does_not_scroll_sideways_on_the_smallest_screen(self, visit, check_width, expected, name, language):
        expected += [NOT_FOUND, FORBIDDEN]
        user = None if name == "signin" else admin(language=language)
        path = f"/sign-in/?lang={language}" if name == "signin" else PAGES[name]
        check_width(visit(path, user=user, size=NARROW))
