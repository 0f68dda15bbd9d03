"""What is stored of requests to the TAXII server."""

import uuid
from typing import ClassVar

from django.db import models

from watchward.console.intel.models import ApiRoot, Client


class Status(models.Model):
    """What became of the objects of one request, as its client may ask; `content` is the resource itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    root = models.ForeignKey(ApiRoot, on_delete=models.CASCADE, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    requested_at = models.DateTimeField(db_index=True)
    content = models.BinaryField()

    class Meta:
        ordering: ClassVar = ["-requested_at"]

    def __str__(self) -> str:
        return str(self.id)
