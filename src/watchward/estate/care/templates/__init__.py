"""What an organisation of each kind usually gives and needs, from which a map of care starts."""

from watchward.estate.care.templates.document import Range, Template, read
from watchward.estate.care.templates.fill import Arrangement, names, template
from watchward.estate.care.templates.kind import TemplateKind, UnknownTemplateError, known_kind, likely_kind
from watchward.estate.care.templates.measure import Measure

__all__ = [
    "Arrangement",
    "Measure",
    "Range",
    "Template",
    "TemplateKind",
    "UnknownTemplateError",
    "known_kind",
    "likely_kind",
    "names",
    "read",
    "template",
]
