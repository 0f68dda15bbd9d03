"""The addresses of blocks."""

from django.urls import path

from watchward.console.protect import views

urlpatterns = [
    path("blocks/", views.block_list, name="blocks"),
    path("blocks/new/", views.propose, name="block-new"),
    path("blocks/exceptions/", views.exceptions, name="block-exceptions"),
    path("blocks/exceptions/<int:key>/end/", views.end_exception, name="block-exception-end"),
    path("blocks/policies/", views.policies, name="block-policies"),
    path("blocks/policies/<str:code>/", views.policy, name="block-policy"),
    path("blocks/switch/", views.switch, name="block-switch"),
    path("blocks/<int:key>/", views.block, name="block"),
    path("blocks/<int:key>/check/", views.check, name="block-check"),
    path("blocks/<int:key>/decide/", views.decide, name="block-decide"),
    path("blocks/<int:key>/fails/", views.fails, name="block-fails"),
    path("blocks/<int:key>/lift/", views.lift, name="block-lift"),
]
