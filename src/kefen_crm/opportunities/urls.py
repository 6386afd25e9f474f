from __future__ import annotations

from django.urls import path

from kefen_crm.opportunities import stage_views, views

app_name = "opportunities"

urlpatterns = [
    path("", views.board, name="board"),
    path("list/", views.listing, name="list"),
    path("forecast/", views.forecast, name="forecast"),
    path("ended/", views.ended, name="ended"),
    path("stages/", stage_views.stages, name="stages"),
    path("stages/new/", stage_views.new, name="stage_new"),
    path("stages/<int:pk>/", stage_views.change, name="stage_change"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/change/", views.change, name="change"),
    path("<int:pk>/move/", views.move, name="move"),
    path("<int:pk>/win/", views.win, name="win"),
    path("<int:pk>/lose/", views.lose, name="lose"),
    path("<int:pk>/give/", views.give, name="give"),
    path("<int:pk>/reopen/", views.reopen, name="reopen"),
    path("new/", views.choose, name="choose"),
    path("of/<code:code>/new/", views.new, name="new"),
]
