"""What tests of intelligence share."""

import json

import jsonschema
import pytest
from referencing import Registry, Resource


class Schemas:
    """The published JSON schemas of STIX 2.1."""

    def __init__(self, folder):
        schemas = {path.stem: json.loads(path.read_text()) for path in sorted(folder.rglob("*.json"))}
        registry = Registry().with_resources((one["$id"], Resource.from_contents(one)) for one in schemas.values())
        self.validators = {
            name: jsonschema.Draft202012Validator(one, registry=registry) for name, one in schemas.items()
        }

    def problems(self, content):
        """What the schema of its type has against an object."""
        validator = self.validators.get(content.get("type"), self.validators["core"])
        return [error.message for error in validator.iter_errors(content)]


@pytest.fixture(scope="session")
def schemas(shared_data):
    return Schemas(shared_data / "open" / "intel" / "stix21" / "schemas")
