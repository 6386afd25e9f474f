from __future__ import annotations

from django.urls import path

from kefen_crm.recommendations import views

app_name = "recommendations"

urlpatterns = [
    path("plan/<code:code>/", views.plan, name="plan"),
    path("reject/<code:code>/", views.reject, name="reject"),
]
