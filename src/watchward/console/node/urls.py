"""The address of the node's page."""

from django.urls import path

from watchward.console.node import views

urlpatterns = [path("node/", views.node, name="node")]
