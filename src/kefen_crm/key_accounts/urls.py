from __future__ import annotations

from django.urls import path

from kefen_crm.key_accounts import contract_views, plan_views, tender_views, views

app_name = "key_accounts"

urlpatterns = [
    path("", views.listing, name="list"),
    path("new/", views.choose, name="choose"),
    path("of/<code:code>/mark/", views.mark, name="mark"),
    path("of/<code:code>/unmark/", views.unmark, name="unmark"),
    path("contacts/<int:pk>/place/", views.place, name="place"),
    path("tenders/", tender_views.listing, name="tenders"),
    path("tenders/new/", tender_views.choose, name="tender_choose"),
    path("tenders/<int:pk>/", tender_views.detail, name="tender"),
    path("tenders/<int:pk>/change/", tender_views.change, name="tender_change"),
    path("tenders/<int:pk>/move/", tender_views.move, name="tender_move"),
    path("tenders/<int:pk>/check/<int:number>/", tender_views.check, name="tender_check"),
    path("contracts/", contract_views.listing, name="contracts"),
    path("contracts/new/", contract_views.choose, name="contract_choose"),
    path("contracts/<int:pk>/", contract_views.detail, name="contract"),
    path("contracts/<int:pk>/change/", contract_views.change, name="contract_change"),
    path("contracts/<int:pk>/sign/", contract_views.sign, name="contract_sign"),
    path("contracts/<int:pk>/renew/", contract_views.renew, name="contract_renew"),
    path("contracts/<int:pk>/end/", contract_views.end, name="contract_end"),
    path("of/<code:code>/contract/", contract_views.new, name="contract_new"),
    path("of/<code:code>/tender/", tender_views.new, name="tender_new"),
    path("steps/<int:pk>/", plan_views.step_change, name="step_change"),
    path("steps/<int:pk>/remove/", plan_views.step_remove, name="step_remove"),
    path("plan/<int:pk>/", plan_views.item_change, name="item_change"),
    path("of/<code:code>/step/", plan_views.step_new, name="step_new"),
    path("of/<code:code>/plan/", plan_views.item_new, name="item_new"),
    path("of/<code:code>/white-space/", plan_views.white_space, name="white_space"),
    path("of/<code:code>/imported/", views.place_imported, name="place_imported"),
    path("of/<code:code>/person/", views.person_new, name="person_new"),
    path("of/<code:code>/", views.detail, name="detail"),
]
