"""What a browser has to fetch (ux.md section 8)."""

import gzip
import re
from pathlib import Path

from django.conf import settings

from hybridmkt import statics

STATIC = Path(settings.BASE_DIR) / "static"
CSS_BUDGET, JS_BUDGET = 12 * 1024, 40 * 1024  # bytes


class TestBudget:
    def test_styles_of_the_whole_product_stay_under_twelve_kilobytes(self):
        packed = statics.pack(statics.inline("css/app.css"))
        assert len(gzip.compress(packed.encode(), 9)) < CSS_BUDGET

    def test_scripts_of_the_whole_product_stay_under_forty_kilobytes(self):
        assert sum(path.stat().st_size for path in (STATIC / "js").rglob("*.js")) < JS_BUDGET


class TestPacking:
    def test_keeps_what_blanks_mean(self):
        source = "/* why */\n.a :is(b, c) > d {\n  width: calc(100% - 2px);\n  margin: 0 auto;\n}\n"
        assert statics.pack(source) == ".a :is(b,c)>d{width:calc(100% - 2px);margin:0 auto}"

    def test_takes_quotes_from_identifiers_alone(self):
        source = '[type="button"], [class*="--"], [open=""] { content: "a"; }'
        assert statics.pack(source) == '[type=button],[class*="--"],[open=""]{content:"a"}'

    def test_puts_imports_in_place(self):
        whole = statics.inline("css/app.css")
        assert "@import" not in whole
        assert "--ai:" in whole
        assert ".p-queue" in whole


class TestSprite:
    def test_has_every_sign_that_templates_ask_for(self):
        signs = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
        asked = set()
        for page in (Path(settings.BASE_DIR) / "templates").rglob("*.html"):
            asked |= set(re.findall(r'\{% icon "([\w-]+)"', page.read_text()))
            asked |= set(re.findall(r'\bsign="([\w-]+)"', page.read_text()))
        assert asked <= signs
