from __future__ import annotations

from django.urls import path

from kefen_crm.leads import learning_views, views

app_name = "leads"

urlpatterns = [
    path("", views.listing, name="list"),
    path("conversion/", views.conversion, name="conversion"),
    path("learned/", learning_views.learned, name="learned"),
    path("learned/progress/", learning_views.progress, name="learning"),
    path("learned/learn/", learning_views.learn, name="learn"),
    path("learned/withdraw/", learning_views.withdraw, name="withdraw"),
    path("learned/<int:pk>/publish/", learning_views.publish, name="publish"),
    path("new/", views.new, name="new"),
    path("card/", views.card, name="card"),
    path("assign/", views.assign, name="assign"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/change/", views.change, name="change"),
    path("<int:pk>/give/", views.give, name="give"),
    path("<int:pk>/drop/", views.drop, name="drop"),
    path("<int:pk>/take-up/", views.take_up, name="take_up"),
    path("<int:pk>/convert/", views.convert, name="convert"),
]
