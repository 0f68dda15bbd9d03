"""The addresses of the pages of intelligence."""

from django.urls import path

from watchward.console.intel import opening_views, sharing_views, source_views, views

urlpatterns = [
    path("alerts/<uuid:key>/share/", sharing_views.share, name="alert-share"),
    path("alerts/<uuid:key>/share/<uuid:share>/withdraw/", sharing_views.withdraw_share, name="alert-share-withdraw"),
    path("intelligence/", views.intelligence, name="intelligence"),
    path("intelligence/collections/new/", opening_views.new_collection, name="intel-collection-new"),
    path("intelligence/collections/<uuid:key>/", views.collection, name="intel-collection"),
    path("intelligence/collections/<uuid:key>/open/", opening_views.open_collection, name="intel-collection-open"),
    path("intelligence/collections/<uuid:key>/restore/", opening_views.restore, name="intel-collection-restore"),
    path("intelligence/collections/<uuid:key>/retire/", opening_views.retire, name="intel-collection-retire"),
    path("intelligence/groups/", opening_views.group_list, name="intel-groups"),
    path("intelligence/groups/new/", opening_views.new_group, name="intel-group-new"),
    path("intelligence/groups/<int:key>/", opening_views.group, name="intel-group"),
    path("intelligence/groups/<int:key>/change/", opening_views.change_group, name="intel-group-change"),
    path("intelligence/keys/new/", views.new_key, name="intel-key-new"),
    path("intelligence/keys/<int:key>/withdraw/", views.withdraw, name="intel-key-withdraw"),
    path("intelligence/objects/", views.every_object, name="intel-objects"),
    path("intelligence/objects/<int:key>/", views.one, name="intel-object"),
    path("intelligence/sources/new/", source_views.new, name="intel-source-new"),
    path("intelligence/sources/<int:key>/", source_views.source, name="intel-source"),
    path("intelligence/sources/<int:key>/judge/", source_views.judge, name="intel-source-judge"),
    path("intelligence/sources/<int:key>/switch/", source_views.switch, name="intel-source-switch"),
    path("intelligence/sources/<int:key>/try/", source_views.try_now, name="intel-source-try"),
]
