from __future__ import annotations

from django.urls import path

from kefen_crm.contacts import views

app_name = "contacts"

urlpatterns = [
    path("<int:pk>/change/", views.change, name="change"),
    path("<int:pk>/leave/", views.leave, name="leave"),
    path("<int:pk>/choose/<str:field>/", views.choose, name="choose"),
    path("brought/of/<path:code>/", views.brought, name="brought"),
    path("of/<path:code>/", views.add, name="add"),
]
