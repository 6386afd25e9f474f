from __future__ import annotations

from django.urls import path

from kefen_crm.outreach import views

app_name = "outreach"

urlpatterns = [
    path("outreach/messages/", views.messages, name="messages"),
    path("outreach/messages/<int:pk>/", views.message, name="message"),
    path("outreach/messages/<int:pk>/settle/", views.settle, name="settle"),
    path("outreach/templates/", views.templates, name="templates"),
    path("outreach/templates/new/", views.edit_template, name="template_new"),
    path("outreach/templates/<int:pk>/", views.template, name="template"),
    path("outreach/templates/<int:pk>/edit/", views.edit_template, name="template_edit"),
    path("outreach/suppressions/", views.suppressions, name="suppressions"),
    path("outreach/suppressions/<int:pk>/lift/", views.lift, name="lift"),
    path("outreach/policy/", views.policy, name="policy"),
    path("outreach/senders/new/", views.edit_sender, name="sender_new"),
    path("outreach/senders/<int:pk>/", views.edit_sender, name="sender"),
    path("outreach/to/<code:code>/write/", views.write, name="write"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
