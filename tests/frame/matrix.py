"""Who may ask for what: every address of the resolver, in the order of `Group`. An address without a place fails.

Roles: s(trategist), e(xpert), m(anager), a(nalyst), d admin of the place, D admin of all places. "-": the address does
not answer this method. Where its things are: "place" is one brand in one market, "market" all brands of one, "person"
what one person has or what a form names (a file, a saved view, a note of one's own), "all" lists of what the reader may
see and pages of the installation, "open" needs no sign-in.
"""

import re
from typing import NamedTuple


class Group(NamedTuple):
    """Addresses alike: where their things are, whose GET is answered, whose POST gets as far as the verb."""

    where: str
    reads: str
    acts: str
    names: str


GROUPS = [
    Group("open", "semadD", "semadD", "healthz readyz sign-in choose-password"),
    Group("open", "-", "semadD", "preferences sign-out"),
    Group("all", "semadD", "semadD", "home settings password notice-settings api-keys audit-rolled-back"),
    Group("all", "-", "semadD", "keys notices-read"),
    Group(
        "all", "semadD", "-",
        "jobs campaigns runs places model-drift models creators practice-record investigations norms "
        "notices bell policies api-schema api-docs api-me "
        "api-runs api-creators api-brands api-markets api-models api-jobs api-cards api-decisions "
        "api-questions api-investigations api-gates api-own-scores "
        "audit-receipt",
    ),
    Group("all", "D", "D", "people person person-api-keys erase-creator erase-person"),
    Group(
        "all", "-", "D",
        "person-invite role-grant role-change role-end person-switch person-link place-brand place-market place-card "
        "place-rate copy-creator copy-person retention-set",
    ),
    Group("all", "D", "-", "people-export retention"),
    Group("all", "semadD", "sm", "api-campaigns"),
    Group("all", "semadD", "m", "api-policies api-stops"),
    Group("all", "semadD", "em", "api-norms"),
    Group("all", "ma", "-", "audit audit-verifier-file api-entries"),
    Group("all", "ma", "ma", "audit-export audit-exports"),
    Group("all", "-", "ma", "audit-check"),
    Group("all", "ma", "", "audit-verifier"),  # a copy of the log is for whoever may read all of it
    Group("all", "m", "-", "approvals"),
    Group("all", "mdD", "-", "heartbeat"),
    Group("all", "sdD", "sdD", "import api-imports"),
    Group("all", "sem", "-", "queue workload questions"),
    Group("all", "-", "sem", "queue-bulk queue-views absence"),
    Group("all", "sm", "sm", "campaign-new"),
    Group(
        "market", "sdD", "-",
        "import-batch import-progress import-rows import-rows-file api-import api-import-reading api-import-rows",
    ),
    Group("market", "sdD", "sdD", "import-map creator-figure"),
    Group("market", "-", "sdD", "import-discard api-import-look api-import-start api-import-discard"),
    Group("market", "sem", "sem", "creator-fact"),
    Group("market", "-", "sem", "creator-relation creator-pair creator-pair-back creator-note"),
    Group("market", "semadD", "-", "model-card creator norm api-creator api-model api-norm"),
    Group("market", "semadD", "mD", "market-hours"),
    Group("market", "-", "mD", "place-learn market-holiday market-holiday-end"),
    Group("market", "-", "m", "place-back place-model"),
    Group("market", "-", "em", "norm-end norm-correct api-norm-end api-norm-correct"),
    Group(
        "place", "semadD", "-",
        "job job-progress campaign brief-version discovery run run-progress compare run-creator run-export api-run "
        "api-recommendations queue-card briefing thread creator-briefing investigation question decision "
        "decision-of-entry policy session api-campaign api-card api-decision api-policy api-question api-investigation "
        "api-policy-trial api-stop api-card-gates api-own-score api-own-score-ranking "
        "api-discovery-ranking api-session api-session-agenda "
        "api-job",
    ),
    Group("place", "semadD", "semadD", "own-score"),
    Group("place", "-", "semadD", "api-run-own-ranking"),
    Group("place", "semadD", "sem", "api-run-own-scores api-discovery-marks api-discovery-rounds api-sessions "
          "api-session-items api-session-minutes"),
    Group("place", "-", "", "api-own-score-remove"),  # whose it is alone
    Group("place", "semadD", "sm", "api-campaign-runs api-campaign-briefs api-campaign-outcomes api-discovery"),
    Group("place", "sm", "sm", "brief"),
    Group("place", "sm", "-", "creator-letter"),
    Group("place", "ma", "-", "audit-entry api-entry"),
    Group("place", "m", "-", "approval"),
    Group("place", "m", "m", "approval-answer policy-start stop policy-propose"),
    Group("place", "sem", "sem", "ask-people queue-question queue-escalate queue-investigate"),
    Group(
        "place", "-", "sem",
        "discovery-open discovery-mark discovery-hint discovery-undo discovery-round discovery-stage discovery-date "
        "discovery-taste discovery-next own-score-compare queue-decide queue-first-view queue-interest queue-undo "
        "queue-release queue-take queue-ask-release queue-draft queue-seen queue-renew queue-reopen hand-over promise "
        "promise-kept creator-clock queue-note queue-answer ask-a-person investigation-add investigation-close "
        "question-answer question-pass question-withdraw session-open session-add session-tick session-minutes "
        "session-close api-card-claim api-card-release api-card-decide api-card-undo api-card-first-view api-card-view "
        "api-card-escalate api-card-notes api-card-questions api-card-investigations api-question-answer "
        "api-question-pass api-question-withdraw api-evidence api-finding api-card-gate api-own-score-compare "
        "api-discovery-undo api-discovery-stage api-discovery-taste api-session-close api-session-item-done",
    ),
    Group("place", "-", "semadD", "run-creator-replay run-replay queue-together own-score-remove"),
    Group(
        "place", "-", "sm",
        "job-cancel campaign-close run-start brief-counts discovery-freeze run-cancel run-retry "
        "api-campaign-close api-run-cancel api-run-retry api-job-cancel "
        "api-discovery-date api-discovery-next api-discovery-commit",
    ),
    Group(
        "place", "-", "m",
        "absence-end capacity investigation-assign approval-undo policy-approve policy-retire stop-move "
        "api-card-approval api-card-approval-undo api-policy-approve api-policy-retire "
        "api-stop-propose api-stop-withdraw api-stop-confirm",
    ),
    Group("place", "semadD", "-", "playbook"),
    Group("place", "sm", "sm", "outcome"),
    Group("person", "-", "-", "audit-file audit-file-download audit-receipt-file practice"),
    Group(
        "person", "-", "-",
        "practice-speak practice-answer practice-skip queue-view-drop queue-gate hand-off-answer "
        "api-key-withdraw creator-relation-back creator-note-correct creator-note-back creator-correction-back",
    ),
]  # fmt: skip
KNOWN = {name: group for group in GROUPS for name in group.names.split()}
WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.IGNORECASE)
