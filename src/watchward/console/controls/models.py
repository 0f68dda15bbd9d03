"""What is stored about controls."""

from typing import ClassVar

from django.db import models

from watchward.console.estate.models import Organisation


class Control(models.Model):
    """Something of an organisation that reads its protective lists.

    Of its secret only the digest is kept. The key that signs its zone transfers is derived from a key of the node and
    from `key_edition`, so that the database holds none.
    """

    id = models.CharField(primary_key=True, max_length=40)
    name = models.CharField(max_length=200)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="controls")
    organisation_path = models.CharField(max_length=400)
    forms = models.JSONField(default=list)
    addresses = models.JSONField(default=list)
    notify = models.JSONField(default=list)
    unsigned = models.BooleanField(default=False)
    digests = models.JSONField(default=list)
    key_edition = models.PositiveIntegerField(default=1)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [models.Index(fields=["organisation_path", "name"], name="control_below")]

    def __str__(self) -> str:
        return self.name
