"""What is stored about the estate."""

from typing import ClassVar

from django.db import models

from watchward.estate.organisation import OrganisationKind


class Organisation(models.Model):
    """An organisation and its place in the tree.

    `path` holds the codes from the top down to the organisation itself (`/ENG/Y99/QX1/`), so that everything below an
    organisation is found by prefix.
    """

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=40, choices=[(kind.value, kind.label) for kind in OrganisationKind])
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    path = models.CharField(max_length=400, db_index=True)
    postcode = models.CharField(max_length=10, blank=True)
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    successor = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="predecessors")

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
