"""Addresses of this room's resources."""

from django.urls import path

from screening.api import campaigns, creators, imports, own, places, runs

urlpatterns = [
    path("campaigns/", campaigns.CampaignList.as_view(), name="api-campaigns"),
    path("campaigns/<slug:slug>/", campaigns.Campaign.as_view(), name="api-campaign"),
    path("campaigns/<slug:slug>/close/", campaigns.CloseCampaign.as_view(), name="api-campaign-close"),
    path("campaigns/<slug:slug>/briefs/", campaigns.CampaignBriefs.as_view(), name="api-campaign-briefs"),
    path("campaigns/<slug:slug>/runs/", campaigns.CampaignRuns.as_view(), name="api-campaign-runs"),
    path("campaigns/<slug:slug>/outcomes/", campaigns.CampaignOutcomes.as_view(), name="api-campaign-outcomes"),
    path("runs/", runs.RunList.as_view(), name="api-runs"),
    path("runs/<int:pk>/", runs.Run.as_view(), name="api-run"),
    path("runs/<int:pk>/cancel/", runs.CancelRun.as_view(), name="api-run-cancel"),
    path("runs/<int:pk>/retry/", runs.RetryRun.as_view(), name="api-run-retry"),
    path("runs/<int:pk>/recommendations/", runs.Recommendations.as_view(), name="api-recommendations"),
    path("runs/<int:pk>/own-ranking/", own.OwnRanking.as_view(), name="api-run-own-ranking"),
    path("runs/<int:pk>/own-scores/", own.RunOwnScores.as_view(), name="api-run-own-scores"),
    path("own-scores/", own.OwnScoreList.as_view(), name="api-own-scores"),
    path("own-scores/<int:pk>/", own.OneOwnScore.as_view(), name="api-own-score"),
    path("own-scores/<int:pk>/ranking/", own.OwnScoreRanking.as_view(), name="api-own-score-ranking"),
    path("own-scores/<int:pk>/compare/", own.CompareOwnScore.as_view(), name="api-own-score-compare"),
    path("own-scores/<int:pk>/remove/", own.RemoveOwnScore.as_view(), name="api-own-score-remove"),
    path("creators/", creators.CreatorList.as_view(), name="api-creators"),
    path("creators/<int:pk>/", creators.OneCreator.as_view(), name="api-creator"),
    path("imports/", imports.ImportList.as_view(), name="api-imports"),
    path("imports/<int:pk>/", imports.OneImport.as_view(), name="api-import"),
    path("imports/<int:pk>/reading/", imports.Reading.as_view(), name="api-import-reading"),
    path("imports/<int:pk>/look/", imports.Look.as_view(), name="api-import-look"),
    path("imports/<int:pk>/start/", imports.Start.as_view(), name="api-import-start"),
    path("imports/<int:pk>/discard/", imports.Discard.as_view(), name="api-import-discard"),
    path("imports/<int:pk>/rows/", imports.RefusedRows.as_view(), name="api-import-rows"),
    path("brands/", places.BrandList.as_view(), name="api-brands"),
    path("markets/", places.MarketList.as_view(), name="api-markets"),
    path("models/", places.ModelList.as_view(), name="api-models"),
    path("models/<int:pk>/", places.OneModel.as_view(), name="api-model"),
]
