from __future__ import annotations

from django.urls import path, re_path

from kefen_crm.receivables import payment_views, views

app_name = "receivables"

urlpatterns = [
    path("", views.ageing, name="ageing"),
    path("invoices/", views.invoices, name="invoices"),
    re_path(r"^invoices\.(?P<form>xlsx|csv)\Z", views.export, name="export"),
    path("payments/", payment_views.payments, name="payments"),
    path("payments/apply/", payment_views.apply, name="apply"),
    path("payments/<int:pk>/undo/", payment_views.unapply, name="unapply"),
    path("promises/", views.promises, name="promises"),
    path("promises/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("disputes/<int:pk>/settle/", views.settle, name="settle"),
    path("of/<code:code>/instalments/", views.instalments, name="instalments"),
    path("of/<code:code>/promise/", views.promise, name="promise"),
    path("of/<code:code>/dispute/", views.dispute, name="dispute"),
    re_path(
        r"^of/(?P<code>.+)/statement\.(?P<form>xlsx|csv|pdf)\Z", views.statement, name="statement"
    ),
]
