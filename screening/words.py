"""Words for the codes of screening, in the reader's language: factors with their values, criteria, flags, knowledge.

Codes and numbers are stored; sentences are made here, at the face. A factor reads as a strategist would say it.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import sight, wording
from screening import factor_words
from screening.engine.features import FEATURES as CODED
from screening.engine.pairs import BETWEEN
from screening.engine.types import DecisionLine
from screening.factor_words import Format, Said, Words
from screening.models import Platform

FEATURES: Mapping[str, Said] = factor_words.FEATURES
SUBJECTS: Mapping[str, Words] = factor_words.SUBJECTS
YES_NO: frozenset[str] = factor_words.YES_NO
PRICES = frozenset({"fee_per_thousand", "fee_to_usual", "fee_to_ceiling"})  # each gives the price, with a public figure
FIGURES = {"value", "median", "typical", "numbers"}  # of a flag or of a line of knowledge
compact, figure, share, change = (
    factor_words.compact, factor_words.figure, factor_words.share, factor_words.change,
)  # fmt: skip
FOR_A_RECORD, COUNT_FIRST = 10, 30  # fewer cases: nothing is said; the count stands first, not the share


WISHES: Mapping[str, Words] = {
    "topics": _("Topics"),
    "categories": _("Categories"),
    "audience": _("Audience"),
    "country": _("Country"),
    "language": _("Language"),
    "size": _("Size"),
    "posting": _("Posting"),
    "price": _("Price"),
    "engagement": _("Reactions"),
    "steadiness": _("Steadiness"),
    "tone": _("Tone"),
    "values": _("Values"),
    "newness": _("New to us"),
}
CRITERIA: Mapping[str, Words] = {
    "market": _("Market"),
    "platform": _("Platform"),
    "language": _("Language of the content"),
    "country": _("Country"),
    "audience_country": _("Country of the audience"),
    "followers": _("Followers"),
    "categories": _("Categories"),
    "excluded": _("Never with"),
    "fee": _("Fee ceiling"),
    "figures_age": _("Figures not older than"),
}
STEPS: Mapping[str, Words] = {
    "freeze": _("Freezing the pool"),
    "screen": _("Hard criteria, scores, peers"),
    "write": _("Writing the result"),
    "finish": _("Answers and cards"),
}
BANDS: Mapping[str, Words] = {
    "unlikely": _("Unlikely"),
    "leaning_no": _("Leaning no"),
    "toss_up": _("Toss-up"),
    "leaning_yes": _("Leaning yes"),
    "likely": _("Likely"),
    "very_likely": _("Very likely"),
}
TIERS: dict[str, Words] = {
    "nano": _("nano"),
    "micro": _("micro"),
    "mid": _("mid"),
    "macro": _("macro"),
    "mega": _("mega"),
}
PLATFORMS: dict[str, Words] = {str(code): label for code, label in Platform.choices}


def feature(code: str) -> str:
    """Return the name of a feature or of a soft preference that nothing measures."""
    if BETWEEN in code:  # a pair: Followers × price
        first, second = (feature(one) for one in code.split(BETWEEN))
        return f"{first} × {second[:1].lower()}{second[1:]}"
    return str(FEATURES[code].name if code in FEATURES else WISHES.get(code, code))


def is_kept_back(code: str) -> bool:
    """Tell whether a feature tells a price that the reader's role does not need."""
    return code in PRICES and not sight.sees(sight.FEE)


def opened(told: Any) -> Any:
    """Return factors, flags or knowledge as a program may read them: of prices kept back only what they moved."""
    if sight.sees(sight.FEE):
        return told
    if isinstance(told, list):
        is_factor = len(told) == 3 and isinstance(told[0], str)
        return [*told[:2], None] if is_factor and _prices(told[0]) else [opened(one) for one in told]
    if not isinstance(told, dict):
        return told
    kept = told.keys() - FIGURES if _prices(told.get("feature")) else told.keys()
    return {name: opened(one) for name, one in told.items() if name in kept and not _prices(name)}


def _prices(code: Any) -> bool:
    return isinstance(code, str) and not PRICES.isdisjoint(code.split(BETWEEN))


def value(code: str, number: float | str | None) -> str:
    """Return a feature's value as people write it; a dash where it is not known."""
    if number is None:
        return "–"
    if is_kept_back(code):
        return str(sight.HIDDEN)
    choices = CODED[code].choices if code in CODED else ()
    if choices and not isinstance(number, str):
        number = choices[int(number) - 1]
    if isinstance(number, str):
        return str(PLATFORMS.get(number) or SUBJECTS.get(number, number))
    if code in YES_NO:
        return gettext("yes") if number >= 0.5 else gettext("no")
    return FEATURES[code].format(number) if code in FEATURES else figure(number)


def factor(code: str, number: float | str | None) -> str:
    """Return what moved the score, with its value: "38% of followers react to a post"; unknown values by name alone."""
    said = FEATURES.get(code)
    if said is None:
        return feature(code)
    if number is None:
        return gettext("%(name)s: no data") % {"name": said.name}
    if is_kept_back(code):
        return f"{said.name} {sight.HIDDEN}"
    is_no = not isinstance(number, str) and said.no and (number < 0.5 if code in YES_NO else number == 0)
    return str(said.no) if is_no else str(said.sentence) % {"value": value(code, number)}


def criterion(code: str) -> str:
    """Return the name of a hard criterion."""
    return str(CRITERIA.get(code, code))


def wish(code: str) -> str:
    """Return the name of a soft preference."""
    return str(WISHES.get(code, code))


def step(code: str) -> str:
    """Return the name of a step of a run."""
    return str(STEPS.get(code, code))


def flag(told: Mapping[str, Any]) -> str:
    """Return a flag in words: what was seen and against whom. told: the fields of engine.types.Flag."""
    code, percentile = told["feature"], told["percentile"]
    if told["side"] == "high":
        sentence = gettext("%(factor)s: higher than %(share)s of %(count)s peers, who usually have %(median)s")
        part = percentile
    else:
        sentence = gettext("%(factor)s: lower than %(share)s of %(count)s peers, who usually have %(median)s")
        part = 1 - percentile
    return sentence % {
        "factor": factor(code, told["value"]),
        "share": wording.percent(part),
        "count": wording.number(told["group_size"]),
        "median": value(code, told["median"]),
    }


def flag_name(code: str, side: str) -> str:
    """Return a flag in a few words, for lists: the feature and the side."""
    if side == "high":
        return gettext("%(name)s: unusually high") % {"name": feature(code)}
    return gettext("%(name)s: unusually low") % {"name": feature(code)}


def knowledge(item: Mapping[str, Any]) -> str:
    """Return one line of a knowledge statement; the AI speaks. item: code, feature, points, numbers."""
    return _LINES[item["code"]](item["feature"], item["numbers"])


def question(asked: Mapping[str, Any] | None) -> str:
    """Return what the AI asks a person, "" for nothing. asked: code, feature, numbers."""
    if asked is None:
        return ""
    if asked["code"] == "flag":
        return gettext("Is this normal for this market? %(what)s.") % {
            "what": _flag_seen(asked["feature"], asked["numbers"])
        }
    if asked["code"] == "wish":
        return gettext("What do you know of this creator: %(name)s?") % {"name": feature(asked["feature"])}
    return gettext("Can you find this out: %(name)s?") % {"name": feature(asked["feature"])}


def record(told: Mapping[str, Any] | None) -> str:
    """Return how verdicts as sure as this one ended, where the model had not seen the creator; "" of Unsure."""
    if told is None:
        return ""
    if told["count"] < FOR_A_RECORD:
        few = ngettext(
            "%(n)s earlier verdict at this level has a result: too few to say how often it proved right.",
            "%(n)s earlier verdicts at this level have a result: too few to say how often they proved right.",
            told["count"],
        )
        return few % {"n": wording.number(told["count"])}
    given = {
        "n": wording.number(told["count"]), "hits": wording.number(told["right"]),
        "share": wording.percent(told["right"] / told["count"]),
        "range": wording.span(round(100 * told["low"]), round(100 * told["high"])),
    }  # fmt: skip
    if told["count"] < COUNT_FIRST:
        return gettext("%(n)s earlier verdicts at this level, %(hits)s proved right (%(range)s).") % given
    return gettext("Of %(n)s earlier verdicts at this level, %(share)s proved right (%(range)s).") % given


def chances(band: tuple[float, float] | list[float] | None) -> str:
    """Return where a chance may lie in truth, ""; where it was not learned."""
    if band is None:
        return ""
    low, high = (wording.whole_percent(end) for end in band)
    return gettext("In truth it may lie anywhere in %(range)s.") % {"range": wording.span(low, high)}


Numbers = Mapping[str, float]


def _known(code: str, numbers: Numbers) -> str:
    said = factor(code, numbers.get("value"))
    if "typical" not in numbers or code in YES_NO:
        return said
    return gettext("%(factor)s; usual in this market: %(typical)s") % {
        "factor": said,
        "typical": value(code, numbers["typical"]),
    }


def _flag_seen(code: str, numbers: Numbers) -> str:
    return flag({"feature": code, "side": "high" if numbers["percentile"] >= 0.5 else "low", **numbers})


def _missing(code: str, numbers: Numbers) -> str:
    return gettext("%(name)s: known, it would mostly move the score by %(low)s to %(high)s points") % {
        "name": feature(code),
        "low": wording.points(numbers["low"]),
        "high": wording.points(numbers["high"]),
    }


def _unmeasured(code: str, numbers: Numbers) -> str:
    return gettext("%(name)s: nothing here measures it, and the brief gives it %(weight)s of the weight") % {
        "name": feature(code),
        "weight": share(numbers["weight"]),
    }


def tenths(part: float) -> str:
    """Return a fraction 0-1 as per cent, with one decimal where it has one: 50%, 45.5%."""
    return wording.share(part, 0 if round(part * 1000) % 10 == 0 else 1)


def decision_line(line: DecisionLine) -> str:
    """Return a decision line with the band around it, as a run or a policy has it."""
    low, high = line.ends
    if low == high:
        return gettext("Partner over %(line)s, else Do not partner") % {"line": tenths(line.p)}
    # Chances are shown as whole per cent: these are the first and the last that are shown on either side.
    least, most = (math.floor(round(high * 100, 6) + 0.5) / 100, math.ceil(round(low * 100, 6) - 0.5) / 100)
    told = {"low": tenths(most), "high": tenths(least)} if most < least else {"low": tenths(low), "high": tenths(high)}
    return gettext("Partner from %(high)s, Do not partner up to %(low)s, Unsure in between") % told


def _line(sentence: Words, **formats: Format) -> Callable[[str, Numbers], str]:
    def say(_code: str, numbers: Numbers) -> str:
        return str(sentence) % {name: form(numbers[name]) for name, form in formats.items()}

    return say


_LINES: Mapping[str, Callable[[str, Numbers], str]] = {
    "known": _known,
    "history": _line(_("Dated figures: %(rows)s, over %(days)s days"), rows=wording.number, days=wording.number),
    "unlike": _line(_("Unlike everybody whose result was learned from: the verdict is Unsure for that alone")),
    "prior": _line(_("Nothing learned from results yet: this is an expert prior")),
    "proxy": _line(_("Learned from next-month engagement, not from campaign results")),
    "stale": _line(_("The figures are %(days)s days old"), days=wording.number),
    "still": _line(_("The figures stood still in %(share)s of periods: the source may repeat itself"), share=share),
    "misdated": _line(_("%(share)s of the figures cannot be of their date: look where they come from"), share=share),
    "short_history": _line(_("Too few dated figures to see a trend: %(rows)s"), rows=wording.number),
    "few_peers": _line(_("Few peers to compare with: %(size)s"), size=wording.number),
    "near_line": _line(_("The chance of %(p)s lies close to the decision line"), p=wording.percent),
    "wide": _line(
        _("Missing data could move the score, mostly by %(low)s to %(high)s points"),
        low=wording.points,
        high=wording.points,
    ),
    "flag": _flag_seen,
    "missing": _missing,
    "wish": _unmeasured,
}


GATES: Mapping[str, Words] = {
    "followers_unknown": _("The number of followers is not known; from %(limit)s the page must stand in the register"),
    "followers_under": _("%(followers)s followers: the register is asked for above %(limit)s"),
    "followers_over": _("%(followers)s followers: look the page up in the register"),
    "platform_banned": _("Ads on this platform are forbidden"),
    "platform_contested": _("Access to this platform is restricted; whether ads are allowed is disputed: ask a lawyer"),
    "platform_open": _("Not among the platforms closed to ads"),
    "before_live": _("Asked for before the ad goes live"),
    "list_not_here": _("The list is not kept here: look the name up"),
    "answered": _("Looked up by a person"),
}


def gate(reason: str, numbers: Numbers) -> str:
    """Return why a market gate says what it says."""
    return str(GATES[reason]) % {name: wording.number(number) for name, number in numbers.items()}


def number_of_results(told: Mapping[str, Any]) -> str:
    """Return from how many results was learned, here and in other markets. told: facts of a model."""
    here, elsewhere = (wording.number(told.get(name, 0)) for name in ("results", "elsewhere"))
    if not told.get("elsewhere"):
        return here
    return gettext("%(n)s here, %(m)s in other markets") % {"n": here, "m": elsewhere}


TARGETS = {  # what a model learns, by the codes of `learning`
    "results": _("the campaign’s goal, met or not"),
    "graded": _("the graded KPI: how far each result lay over or under its own goal"),
    "next_month": _("next-month engagement, a stated proxy"),
}
