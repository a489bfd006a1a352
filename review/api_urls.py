"""Addresses of this room's resources."""

from django.urls import path

from review.api import cards, cases, records, rules, steps

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
    path("policies/", rules.PolicyList.as_view(), name="api-policies"),
    path("policies/<int:policy_id>/", rules.PolicyVersion.as_view(), name="api-policy"),
    path("policies/<int:policy_id>/trial/", rules.PolicyTrial.as_view(), name="api-policy-trial"),
    path("policies/<int:policy_id>/approve/", rules.ApprovePolicy.as_view(), name="api-policy-approve"),
    path("policies/<int:policy_id>/retire/", rules.RetirePolicy.as_view(), name="api-policy-retire"),
    path("stops/", rules.StopList.as_view(), name="api-stops"),
    path("stops/<int:stop_id>/", rules.OneStop.as_view(), name="api-stop"),
    path("stops/<int:stop_id>/propose/", rules.ProposeRestart.as_view(), name="api-stop-propose"),
    path("stops/<int:stop_id>/withdraw/", rules.WithdrawRestart.as_view(), name="api-stop-withdraw"),
    path("stops/<int:stop_id>/confirm/", rules.ConfirmRestart.as_view(), name="api-stop-confirm"),
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
