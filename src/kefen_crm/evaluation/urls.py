from __future__ import annotations

from django.urls import path

from kefen_crm.evaluation import acting_views, views

app_name = "proof"

urlpatterns = [
    path("", views.overview, name="overview"),
    path("acting/", acting_views.overview, name="acting"),
    path("strategy/", acting_views.strategy, name="strategy"),
    path("acting/<slug:name>/", acting_views.part, name="acting_part"),
    path("readiness/", views.readiness, name="readiness"),
    path("backtest/", views.backtest, name="backtest"),
    path("scorecards/", views.scorecards, name="scorecards"),
    path("scorecards/<slug:name>/", views.scorecard, name="scorecard"),
    path("sensitivity/<slug:name>/", views.sensitivity, name="sensitivity"),
    path("agreement/", views.agreement, name="agreement"),
    path("experiments/new/", views.experiment, name="experiment"),
    path("experiments/example.csv", views.experiment_example, name="experiment_example"),
    path("drafts/<int:pk>/audit/", views.audit, name="audit"),
    path("levels/", views.rival, name="rival"),
    path("levels/<str:kept>/", views.levels, name="levels"),
    path("studies/<int:pk>/board/", views.board, name="board"),
    path("churn/", views.churn, name="churn"),
    path("studies/<int:pk>/", views.study, name="study"),
    path("studies/<int:pk>/progress/", views.progress, name="progress"),
    path("studies/<int:pk>/again/", views.again, name="again"),
    path("studies/<int:pk>/discard/", views.discard, name="discard"),
    path("studies/<int:pk>/pictures/<slug:name>.json", views.picture, name="picture"),
]
