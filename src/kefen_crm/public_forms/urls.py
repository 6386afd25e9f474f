from __future__ import annotations

from django.urls import path

from kefen_crm.public_forms import public, views

app_name = "public_forms"

urlpatterns = [
    path("service/forms/", views.waiting, name="waiting"),
    path("service/forms/settings/", views.settings, name="settings"),
    path("service/forms/settings/new/", views.edit, name="new"),
    path("service/forms/settings/<int:pk>/", views.edit, name="edit"),
    path("service/forms/settings/<int:pk>/address/", views.address, name="address"),
    path("service/forms/settings/<int:pk>/address/new/", views.renew, name="renew"),
    path("service/forms/<int:pk>/give/", views.give, name="give"),
    path("service/forms/<int:pk>/leave-out/", views.leave_out, name="leave_out"),
    path("form/<str:token>/", public.entrance, name="entrance"),
    path("form/<str:token>/<slug:language>/", public.fill, name="fill"),
]
