"""The addresses of the map's pages."""

from django.urls import path

from watchward.console.care import coverage_views, device_views, knowing_views, supplier_views, views

urlpatterns = [
    path("care/", coverage_views.coverage, name="care_coverage"),
    path("devices/<uuid:key>/carries/", device_views.device_carries, name="device_carries"),
    path("organisations/<str:code>/care/", views.care, name="care"),
    path("organisations/<str:code>/care/bring/", views.bring, name="care_bring"),
    path("organisations/<str:code>/care/carriers/", knowing_views.carriers, name="care_carriers"),
    path("organisations/<str:code>/care/change/", views.change, name="care_change"),
    path("organisations/<str:code>/care/confirm/", views.confirm, name="care_confirm"),
    path("organisations/<str:code>/care/devices/", knowing_views.suggested, name="care_suggested"),
    path("organisations/<str:code>/care/hosts/", knowing_views.hosts, name="care_hosts"),
    path("organisations/<str:code>/care/map/<str:form>/", views.download, name="care_download"),
    path("organisations/<str:code>/care/remove/", views.remove, name="care_remove"),
    path("organisations/<str:code>/care/size/", knowing_views.size, name="care_size"),
    path("organisations/<str:code>/care/supplier/", supplier_views.new_supplier, name="care_supplier"),
    path("organisations/<str:code>/care/undo/", knowing_views.undo, name="care_undo"),
    path("suppliers/", supplier_views.suppliers, name="suppliers"),
    path("suppliers/<path:key>/remove/", supplier_views.remove_supplier, name="supplier_remove"),
    path("suppliers/<path:key>/rename/", supplier_views.rename_supplier, name="supplier_rename"),
    path("suppliers/<path:key>/", supplier_views.supplier, name="supplier"),
]
