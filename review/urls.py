"""Addresses of this room."""

from django.urls import URLPattern, URLResolver, path

from review.views import approvals, records, rules, steps, workbench

urlpatterns: list[URLPattern | URLResolver] = [
    path("queue/", workbench.queue, name="queue"),
    path("queue/<int:task_id>/", workbench.card, name="queue-card"),
    path("queue/<int:task_id>/decide/", steps.decide, name="queue-decide"),
    path("queue/<int:task_id>/interest/", steps.interest, name="queue-interest"),
    path("queue/<int:task_id>/undo/", steps.undo, name="queue-undo"),
    path("queue/<int:task_id>/release/", steps.release, name="queue-release"),
    path("queue/<int:task_id>/take/", steps.take, name="queue-take"),
    path("queue/<int:task_id>/renew/", steps.renew, name="queue-renew"),
    path("queue/<int:task_id>/reopen/", steps.reopen, name="queue-reopen"),
    path("queue/<int:task_id>/note/", steps.note, name="queue-note"),
    path("queue/<int:task_id>/gates/<int:gate_id>/", steps.gate, name="queue-gate"),
    path("runs/<int:run_id>/creators/<int:profile_id>/ask/", workbench.ask, name="ask-a-person"),
    path("approvals/", approvals.listed, name="approvals"),
    path("approvals/<int:task_id>/", approvals.page, name="approval"),
    path("approvals/<int:task_id>/undo/", approvals.undo, name="approval-undo"),
    path("approvals/<int:task_id>/<str:choice>/", approvals.answer, name="approval-answer"),
    path("decisions/<int:decision_id>/", records.record, name="decision"),
    path("decisions/of/<uuid:uid>/", records.of_entry, name="decision-of-entry"),
    path("policies/", rules.listed, name="policies"),
    path("policies/of/<slug:brand>/<str:market>/", rules.start, name="policy-start"),
    path("policies/<int:policy_id>/", rules.page, name="policy"),
    path("policies/<int:policy_id>/approve/", rules.approve, name="policy-approve"),
    path("policies/<int:policy_id>/retire/", rules.retire, name="policy-retire"),
    path("policies/<int:policy_id>/propose/", rules.propose, name="policy-propose"),
]
