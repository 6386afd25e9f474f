from __future__ import annotations

from django.urls import path

from kefen_crm.class_contracts import views

app_name = "class_contracts"

urlpatterns = [
    path("objections/<int:pk>/answer/", views.answer, name="answer"),
    path("<slug:scheme>/pdf/zh/<code:code>/", views.download, {"language": "zh"}, name="pdf_zh"),
    path("<slug:scheme>/pdf/en/<code:code>/", views.download, {"language": "en"}, name="pdf_en"),
    path("<slug:scheme>/ahead/<code:code>/", views.ahead, name="ahead"),
    path("<slug:scheme>/object/<code:code>/", views.object_to, name="object"),
    path("<slug:scheme>/of/<code:code>/", views.show, name="show"),
]
