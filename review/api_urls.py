"""Addresses of this room's resources."""

from django.urls import path

from review.api import cards, cases, records, steps

urlpatterns = [
    path("cards/", cards.CardList.as_view(), name="api-cards"),
    path("cards/<int:task_id>/", cards.Card.as_view(), name="api-card"),
    path("cards/<int:task_id>/claim/", steps.Claim.as_view(), name="api-card-claim"),
    path("cards/<int:task_id>/release/", steps.Release.as_view(), name="api-card-release"),
    path("cards/<int:task_id>/decide/", steps.Decide.as_view(), name="api-card-decide"),
    path("cards/<int:task_id>/undo/", steps.Undo.as_view(), name="api-card-undo"),
    path("cards/<int:task_id>/first-view/", steps.FirstView.as_view(), name="api-card-first-view"),
    path("cards/<int:task_id>/view/", steps.View.as_view(), name="api-card-view"),
    path("cards/<int:task_id>/escalate/", steps.Escalate.as_view(), name="api-card-escalate"),
    path("cards/<int:task_id>/notes/", steps.Note.as_view(), name="api-card-notes"),
    path("cards/<int:task_id>/questions/", steps.Ask.as_view(), name="api-card-questions"),
    path("cards/<int:task_id>/investigations/", steps.Investigate.as_view(), name="api-card-investigations"),
    path("cards/<int:task_id>/approval/", steps.Approve.as_view(), name="api-card-approval"),
    path("cards/<int:task_id>/approval/undo/", steps.UndoApproval.as_view(), name="api-card-approval-undo"),
    path("decisions/", records.DecisionList.as_view(), name="api-decisions"),
    path("decisions/<int:decision_id>/", records.DecisionRecord.as_view(), name="api-decision"),
    path("policies/", records.PolicyList.as_view(), name="api-policies"),
    path("policies/<int:policy_id>/", records.PolicyVersion.as_view(), name="api-policy"),
    path("questions/", cases.QuestionList.as_view(), name="api-questions"),
    path("questions/<int:question_id>/", cases.OneQuestion.as_view(), name="api-question"),
    path("questions/<int:question_id>/answer/", cases.Answer.as_view(), name="api-question-answer"),
    path("questions/<int:question_id>/pass/", cases.PassOn.as_view(), name="api-question-pass"),
    path("questions/<int:question_id>/withdraw/", cases.Withdraw.as_view(), name="api-question-withdraw"),
    path("investigations/", cases.InvestigationList.as_view(), name="api-investigations"),
    path("investigations/<int:investigation_id>/", cases.OneInvestigation.as_view(), name="api-investigation"),
    path("investigations/<int:investigation_id>/evidence/", cases.AddEvidence.as_view(), name="api-evidence"),
    path("investigations/<int:investigation_id>/finding/", cases.Close.as_view(), name="api-finding"),
]
