"""Forms are read and sent as a browser without script does it."""

import pytest

from hybridmkt.markup import NoSuchField, read

PAGE = """<title>Card</title><p>Read <b>this</b></p><script>not this</script><a href="/x/">There</a>
<div role="alert">Not saved</div><form action="/decide/" method="post"><input type="hidden" name="version" value="3">
<input name="note" value="a"><textarea name="why">
typed</textarea><input type="checkbox" name="stay"><input type="checkbox" name="kept" value="1" checked>
<input type="radio" name="scale" value="1"><input type="radio" name="scale" value="2" checked>
<select name="market"><option value="">none</option><option value="US">US</option></select>
<fieldset disabled><input name="locked" value="x"><button name="late" value="1">Late</button></fieldset>
<input name="after" value="b"><input type="file" name="file">
<button name="choice" value="approve" data-asks="reason">A</button>
<button name="choice" value="reject" disabled>R</button>
<button type="button" name="script">S</button><button formaction="/undo/?q=1">U</button></form>"""


@pytest.fixture
def form():
    return read(PAGE).forms[0]


class TestRead:
    def test_keeps_what_a_reader_sees(self):
        page = read(PAGE)
        assert (page.title, page.links) == ("Card", [("/x/", "There")])
        assert page.text.startswith("Read this There Not saved")
        assert page.alert.startswith("Not saved")

    def test_sends_what_a_browser_would_send(self, form):
        assert form.pairs == [
            ("version", "3"), ("note", "a"), ("why", "typed"), ("kept", "1"), ("scale", "2"), ("market", ""),
            ("after", "b"),
        ]  # fmt: skip


class TestFill:
    def test_leaves_the_form_as_it_was(self, form):
        assert form.fill(note="b").value("note") == "b"
        assert form.value("note") == "a"

    def test_chooses_and_ticks(self, form):
        filled = dict(form.fill(scale="1", market="US", stay=True, kept=False).pairs)
        assert (filled["scale"], filled["market"], filled["stay"]) == ("1", "US", "on")
        assert "kept" not in filled

    @pytest.mark.parametrize("value", [{"market": "RU"}, {"scale": "9"}, {"locked": "y"}, {"nowhere": "y"}])
    def test_refuses_what_the_page_does_not_offer(self, form, value):
        with pytest.raises(NoSuchField):
            form.fill(**value)


class TestPress:
    def test_finds_a_button_by_name_by_value_and_by_where_it_sends(self, form):
        assert form.pressed("choice=approve").attributes["data-asks"] == "reason"
        assert form.pressed("choice").value == "approve"
        assert form.pressed("/undo/").formaction == "/undo/?q=1"

    @pytest.mark.parametrize("press", ["choice=reject", "late", "script", "nowhere"])
    def test_presses_no_button_that_is_closed_or_not_there(self, form, press):
        with pytest.raises(NoSuchField, match="it has"):
            form.pressed(press)
