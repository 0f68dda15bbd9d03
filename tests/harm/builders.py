"""Small maps of care, valid and dull."""

from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap, Place
from watchward.estate.care.service import Service, ServiceKind, Week
from watchward.estate.care.system import Equipment, Supplier, System, SystemKind
from watchward.estate.organisation import OrganisationKind
from watchward.harm.model import model
from watchward.harm.parameters.table import standard
from watchward.harm.scenario import Failure, Scenario


def a_place(code="T1", **changed):
    return Place(**{"code": code, "kind": OrganisationKind.TRUST, "icb": "Q1", "region": "R1", **changed})


def a_service(identifier="T1/ed", **changed):
    given = {"organisation": identifier.partition("/")[0], "kind": ServiceKind.EMERGENCY_DEPARTMENT, "weekly": 1680.0}
    given |= {"week": Week.ALWAYS, **changed}
    given = {"low": given["weekly"], "high": given["weekly"], **given}
    return Service(id=identifier, **given)


def a_system(identifier="T1/record", **changed):
    given = {"organisation": identifier.partition("/")[0], "kind": SystemKind.PATIENT_RECORD}
    return System(id=identifier, **{**given, **changed})


def a_supplier(identifier="S1"):
    return Supplier(id=identifier, name="A supplier")


def a_device(identifier="T1/server"):
    return Equipment(id=identifier, organisation=identifier.partition("/")[0], name="SRV01")


def needs(consumer, provider, **changed):
    return Dependency(consumer=consumer, provider=provider, **changed)


def wholly(consumer, provider, **changed):
    """A dependency without which nothing goes on, from the first hour."""
    return needs(consumer, provider, **{"buffer_hours": 0, "floor": 0, "manual": 0, "manual_hours": 1, **changed})


def a_map(*things, places=(), dependencies=()):
    return CareMap(
        places={one.code: one for one in places or [a_place()]},
        services=tuple(one for one in things if isinstance(one, Service)),
        systems=tuple(one for one in things if isinstance(one, System)),
        suppliers=tuple(one for one in things if isinstance(one, Supplier)),
        equipment=tuple(one for one in things if isinstance(one, Equipment)),
        dependencies=tuple(dependencies),
    )


def a_model(*things, places=(), dependencies=()):
    return model(a_map(*things, places=places, dependencies=dependencies), standard())


def losing(*things, hours=24, begins=0, steps=((0, 0.0),), exposes=False):
    failures = tuple(Failure(thing=one, steps=steps, exposes=exposes) for one in things)
    return Scenario(begins=begins, hours=hours, failures=failures)
