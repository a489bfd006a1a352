"""The list of campaigns, a new campaign, and the overview of one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access
from accounts.models import User
from jobs import lease
from screening import campaigns, forecast_words, forecasting, money, queries, sealed
from screening.forms import CampaignForm, market_name
from screening.models import Campaign
from screening.views import pages, person


@login_required
@require_GET
def campaign_list(request: HttpRequest) -> HttpResponse:
    """Show the campaigns of a person's brands and markets, the open ones first."""
    found = queries.campaigns(person(request), page=pages.number(request))
    pager = pages.pager(request, found, many=_("campaigns: %(n)s"))
    shown = {"campaigns": found.items, "page": pager, "may_create": access.may(person(request), "brief")}
    return render(request, "screening/campaigns.html", shown)


@login_required
@require_http_methods(["GET", "POST"])
def new_campaign(request: HttpRequest) -> HttpResponse:
    """Create a campaign and lead on to its brief."""
    access.require(person(request), "brief")
    brands, markets = queries.where_briefs_are_written(person(request))
    form = CampaignForm(request.POST or None, brands=brands, markets=markets)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("brief", slug=_create(request, form).slug)
        except campaigns.CampaignRefused as refusal:
            form.add_error(refusal.field, str(refusal))
    status = 422 if form.errors else 200
    return render(request, "screening/campaign_new.html", {"form": form}, status=status)


def _create(request: HttpRequest, form: CampaignForm) -> Campaign:
    data = form.cleaned_data
    units = money.minor_units(data["brand"].currency)
    return campaigns.create(
        brand=data["brand"],
        market=data["market"],
        name=data["name"],
        objective=data["objective"],
        budget_minor=round(data["budget"] * units),
        fee_minor=round(data["fee"] * units),
        wanted=data["wanted"],
        deadline_date=data["deadline"],
        by=person(request),
        now=lease.now(),
    )


@login_required
@require_GET
def campaign(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a campaign: versions of its brief, runs, what waits for people, results."""
    found = queries.overview(person(request), slug)
    shown = {
        "overview": found, "campaign": found.campaign, "market": market_name(found.campaign.market),
        "approved": _approved(found.campaign, person(request)),
    }  # fmt: skip
    return render(request, "screening/campaign.html", shown)


def _approved(campaign: Campaign, user: User) -> forecast_words.Shown | None:
    """Return what the creators approved so far are expected to bring together; None where nobody is."""
    answers = queries.approved(campaign, but=sealed.profiles(campaign, user))
    if not answers:
        return None
    told = [one.knowledge.get("forecast") for one in answers]
    by = forecasting.of_run(answers[0].run)
    return forecast_words.together(forecasting.together(told, by), by, campaign.objective, len(told))


@login_required
@require_POST
def close_campaign(request: HttpRequest, slug: str) -> HttpResponse:
    """End a campaign."""
    found = queries.campaign(person(request), slug)
    try:
        campaigns.close(found, by=person(request), now=lease.now())
    except campaigns.CampaignClosed as closed:
        messages.warning(request, str(closed))
    else:
        messages.success(request, _("The campaign is closed: its briefs and runs can be read, not changed."))
    return redirect("campaign", slug=slug)
