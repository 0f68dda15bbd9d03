"""The addresses of the pages of intelligence."""

from django.urls import path

from watchward.console.intel import sharing_views, views

urlpatterns = [
    path("alerts/<uuid:key>/share/", sharing_views.share, name="alert-share"),
    path("alerts/<uuid:key>/share/<uuid:share>/withdraw/", sharing_views.withdraw_share, name="alert-share-withdraw"),
    path("intelligence/", views.intelligence, name="intelligence"),
    path("intelligence/collections/<uuid:key>/", views.collection, name="intel-collection"),
    path("intelligence/keys/new/", views.new_key, name="intel-key-new"),
    path("intelligence/keys/<int:key>/withdraw/", views.withdraw, name="intel-key-withdraw"),
    path("intelligence/objects/", views.every_object, name="intel-objects"),
    path("intelligence/objects/<int:key>/", views.one, name="intel-object"),
    path("intelligence/sources/<int:key>/", views.source, name="intel-source"),
    path("intelligence/sources/<int:key>/judge/", views.judge, name="intel-source-judge"),
    path("intelligence/sources/<int:key>/switch/", views.switch, name="intel-source-switch"),
]
