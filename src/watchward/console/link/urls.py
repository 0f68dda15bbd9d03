"""The addresses of links."""

from django.urls import path

from watchward.console.link import change_views, join_views, views

urlpatterns = [
    path("links/", views.links, name="links"),
    path("links/left/", views.left, name="links-left"),
    path("links/came/", views.came, name="links-came"),
    path("links/invite/", change_views.invite, name="link-invite"),
    path("links/join/", join_views.join, name="link-join"),
    path("links/codes/<int:key>/withdraw/", change_views.withdraw_code, name="link-code-withdraw"),
    path("links/key/", change_views.change_key, name="link-key"),
    path("links/<int:key>/", views.link, name="link"),
    path("links/<int:key>/policy/", change_views.policy, name="link-policy"),
    path("links/<int:key>/limit/", change_views.limit, name="link-limit"),
    path("links/<int:key>/tell/", change_views.tell, name="link-tell"),
    path("links/<int:key>/ask/", change_views.ask, name="link-ask"),
    path("links/<int:key>/withdraw/", change_views.withdraw, name="link-withdraw"),
    path("links/<int:key>/end/", change_views.end, name="link-end"),
]
