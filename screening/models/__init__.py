"""Tables of the machine's floor: the supply (creators), the ask (campaigns), the match (runs) and what came of it."""

from screening.models.ask import Brand, Brief, Campaign, ExchangeRate, Market, MarketGate, Objective
from screening.models.discovery import Discovery, DiscoveryMark, DiscoveryRound, MarkKind
from screening.models.kept import Retention
from screening.models.match import (
    Exposure,
    Forecaster,
    Lookout,
    ModelState,
    Pool,
    Recommendation,
    RunStatus,
    ScoringModel,
    ScreeningRun,
    Verdict,
)
from screening.models.memory import CreatorNote, GateAnswer, MarketEvent, MarketNorm, Outcome, Relation, RelationKind
from screening.models.own import OwnScore
from screening.models.supply import (
    BatchStatus,
    ColumnMapping,
    Correction,
    Creator,
    Fact,
    ImportBatch,
    Metrics,
    Platform,
    Profile,
    ProfileChange,
    RowError,
)

__all__ = [
    "BatchStatus", "Brand", "Brief", "Campaign", "ColumnMapping", "Correction", "Creator", "CreatorNote", "Discovery",
    "DiscoveryMark", "DiscoveryRound", "ExchangeRate", "Exposure", "Fact", "Forecaster", "GateAnswer", "ImportBatch",
    "Lookout", "MarkKind", "Market", "MarketEvent", "MarketGate", "MarketNorm", "Metrics", "ModelState", "Objective",
    "Outcome", "OwnScore", "Platform", "Pool", "Profile", "ProfileChange", "Recommendation", "Relation", "RelationKind",
    "Retention", "RowError", "RunStatus", "ScoringModel", "ScreeningRun", "Verdict",
]  # fmt: skip
