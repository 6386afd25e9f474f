from __future__ import annotations

from django.urls import path

from kefen_crm.quotes import views

app_name = "quotes"

urlpatterns = [
    path("", views.listing, name="list"),
    path("letterhead/", views.letterhead, name="letterhead"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/print/", views.printed, name="print"),
    path("<int:pk>/pdf/", views.download, name="pdf"),
    path("<int:pk>/docx/", views.download_word, name="docx"),
    path("<int:pk>/change/", views.change, name="change"),
    path("<int:pk>/ask/", views.ask, name="ask"),
    path("<int:pk>/decide/", views.decide, name="decide"),
    path("<int:pk>/send/", views.send, name="send"),
    path("<int:pk>/answer/", views.answer, name="answer"),
    path("<int:pk>/revise/", views.revise, name="revise"),
    path("new/", views.choose, name="choose"),
    path("of/<code:code>/new/", views.new, name="new"),
]
