"""Addresses of campaigns, briefs, runs and creators."""

from django.urls import path

from screening import api
from screening.views import briefs, campaigns, creators, discovery, files, places, ranking, runs

urlpatterns = [
    path("campaigns/", campaigns.campaign_list, name="campaigns"),
    path("campaigns/new/", campaigns.new_campaign, name="campaign-new"),
    path("campaigns/<slug:slug>/", campaigns.campaign, name="campaign"),
    path("campaigns/<slug:slug>/close/", campaigns.close_campaign, name="campaign-close"),
    path("campaigns/<slug:slug>/start/", briefs.start_run, name="run-start"),
    path("campaigns/<slug:slug>/brief/", briefs.brief, name="brief"),
    path("campaigns/<slug:slug>/brief/counts/", briefs.counts, name="brief-counts"),
    path("campaigns/<slug:slug>/brief/<int:number>/", briefs.version, name="brief-version"),
    path("campaigns/<slug:slug>/discovery/", discovery.page, name="discovery"),
    path("campaigns/<slug:slug>/discovery/open/", discovery.start, name="discovery-open"),
    path("campaigns/<slug:slug>/discovery/creators/<int:profile>/<slug:kind>/", discovery.mark, name="discovery-mark"),
    path("campaigns/<slug:slug>/discovery/factors/", discovery.hint, name="discovery-hint"),
    path("campaigns/<slug:slug>/discovery/marks/<int:mark>/undo/", discovery.take_back, name="discovery-undo"),
    path("campaigns/<slug:slug>/discovery/rounds/<int:number>/end/", discovery.end_round, name="discovery-round"),
    path("campaigns/<slug:slug>/discovery/stages/<int:number>/", discovery.stage, name="discovery-stage"),
    path("campaigns/<slug:slug>/discovery/date/", discovery.set_date, name="discovery-date"),
    path("campaigns/<slug:slug>/discovery/freeze/", discovery.freeze, name="discovery-freeze"),
    path("runs/", runs.run_list, name="runs"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("runs/<int:pk>/progress/", runs.progress, name="run-progress"),
    path("runs/<int:pk>/cancel/", runs.cancel, name="run-cancel"),
    path("runs/<int:pk>/retry/", runs.retry, name="run-retry"),
    path("runs/<int:pk>/compare/", ranking.compare, name="compare"),
    path("runs/<int:pk>/creators/<int:profile>/", ranking.candidate, name="run-creator"),
    path("runs/<int:pk>/export.<slug:kind>", files.export, name="run-export"),
    path("places/", places.listed, name="places"),
    path("places/brands/", places.add_brand, name="place-brand"),
    path("places/markets/", places.open_market, name="place-market"),
    path("places/markets/<str:code>/card/", places.renew_card, name="place-card"),
    path("places/markets/<str:code>/learn/", places.learn, name="place-learn"),
    path("places/markets/<str:code>/back/", places.roll_back, name="place-back"),
    path("places/models/<int:pk>/approve/", places.approve_model, name="place-model"),
    path("places/rates/", places.add_rate, name="place-rate"),
    path("creators/", creators.creator_list, name="creators"),
    path("creators/<int:pk>/", creators.creator, name="creator"),
    path("api/campaigns/", api.CampaignList.as_view(), name="api-campaigns"),
    path("api/campaigns/<slug:slug>/runs/", api.CampaignRuns.as_view(), name="api-campaign-runs"),
    path("api/runs/<int:pk>/", api.Run.as_view(), name="api-run"),
    path("api/runs/<int:pk>/recommendations/", api.Recommendations.as_view(), name="api-recommendations"),
]
