"""Tables of the machine's floor: the supply (creators), the ask (campaigns), the match (runs) and what came of it."""

from screening.models.ask import Brand, Brief, Campaign, ExchangeRate, Market, MarketGate, Objective
from screening.models.discovery import Discovery, DiscoveryMark, DiscoveryRound, MarkKind
from screening.models.match import (
    Exposure,
    ModelState,
    Pool,
    Recommendation,
    RunStatus,
    ScoringModel,
    ScreeningRun,
    Verdict,
)
from screening.models.memory import GateAnswer, MarketEvent, MarketNorm, Outcome, Relation, RelationKind
from screening.models.supply import (
    BatchStatus,
    ColumnMapping,
    Creator,
    ImportBatch,
    Metrics,
    Platform,
    Profile,
    ProfileChange,
    RowError,
)

__all__ = [
    "BatchStatus", "Brand", "Brief", "Campaign", "ColumnMapping", "Creator", "Discovery", "DiscoveryMark",
    "DiscoveryRound", "ExchangeRate", "Exposure", "GateAnswer", "ImportBatch", "MarkKind", "Market", "MarketEvent",
    "MarketGate", "MarketNorm", "Metrics", "ModelState", "Objective", "Outcome", "Platform", "Pool", "Profile",
    "ProfileChange", "Recommendation", "Relation", "RelationKind", "RowError", "RunStatus", "ScoringModel",
    "ScreeningRun", "Verdict",
]  # fmt: skip
