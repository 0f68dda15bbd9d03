"""The addresses that show patient harm, the map of care and saved what-ifs, for `bench/pages.py`.

`{run}` in an address is another number each time, so that what it asks has not been worked out before.
"""

from dataclasses import replace

NOTE = "A note for whoever reads it later"


def harm_pages(place) -> dict[str, str]:
    """What a reader opens about an organisation that they may see, and about one of those below it."""
    one = trust_of(place)
    saved, other = scenarios_of(place)
    whose = "" if place.kind == "nation" else f"organisation={place.code}&"
    down, care = f"down={one.code}", f"/organisations/{one.code}/care/"
    kept = f"{down}&hours=24"
    found = {
        "what hurts most": f"/harm/?{whose}",
        "what hurts most, a week": f"/harm/?{whose}hours=168",
        "what hurts most, one": f"/harm/?organisation={one.code}",
        "what hurts most, table": f"/harm/ranking/?{whose}",
        "what if, before": "/harm/what-if/",
        "what if, words": "/harm/what-if/?text=patient record",
        "what if, another each time": f"/harm/what-if/?{down}&hours={{run}}",
        "what if, the same again": f"/harm/what-if/?{kept}",
        "what if, of a supplier": "/harm/what-if/?down=supplier/records-1&hours={run}",
        "what if, two weeks": "/harm/what-if/?down=supplier/records-1&hours=3{run}",
        "what if, table": f"/harm/what-if/table/?{kept}",
        "what if, as JSON": f"/harm/what-if/table/?{kept}&as=json",
        "what moves it, another": f"/harm/sensitivity/?{down}&hours={{run}}",
        "what moves it, supplier": "/harm/sensitivity/?down=supplier/records-1&hours={run}",
        "what moves it, again": f"/harm/sensitivity/?{kept}",
        "numbers behind it": "/harm/parameters/",
        "numbers at one": f"/harm/parameters/?organisation={one.code}",
        "how well it predicts": "/harm/validation/",
        "questions": f"{care}questions/",
        "saved what-ifs": "/harm/scenarios/",
        "a saved what-if": f"/harm/scenarios/{saved}/",
        "save a what-if": f"/harm/scenarios/save/?{kept}",
        "two side by side": f"/harm/what-if/compare/?saved={saved}&saved_={other}",
        "a paper": f"/harm/paper/?saved={saved}",
        "a paper of two, as text": f"/harm/paper/?saved={saved}&saved_={other}&as=md",
        "coverage": "/care/",
        "coverage below": f"/care/?below={place.code}",
        "map of care": care,
        "map as a file": f"{care}map/zip/",
        "bring a map": f"{care}bring/",
        "size": f"{care}size/",
        "where systems run": f"{care}hosts/",
        "which devices carry": f"{care}carriers/?key={one.code}/emergency_department",
        "suggested devices": f"{care}devices/",
        "change a thing": f"{care}change/?table=systems&key={one.code}/patient_record",
        "a new dependency": f"{care}change/?table=dependencies",
        "undo a map": f"{care}undo/",
        "a new supplier": f"{care}supplier/",
        "suppliers": "/suppliers/",
        "one supplier": "/suppliers/records-1/",
    }
    device = device_of(one)
    return found | ({"what a device carries": f"/devices/{device}/carries/"} if device else {})


def harm_answers(place) -> dict[str, str]:
    """What a script asks of the API."""
    one = trust_of(place)
    saved, _ = scenarios_of(place)
    down = f"down={one.code}"
    found = {
        "ranking": f"/harm/ranking?organisation={place.code}",
        "what if, another each time": f"/harm/what-if?{down}&hours={{run}}",
        "what if, of a supplier": "/harm/what-if?down=supplier/records-1&hours={run}",
        "sensitivity, another": f"/harm/sensitivity?{down}&hours={{run}}",
        "validation": "/harm/validation",
        "parameters": "/harm/parameters",
        "numbers of one's own": "/harm/parameters/own",
        "questions": f"/organisations/{one.code}/care/questions",
        "map of care": f"/organisations/{one.code}/care",
        "suggested devices": f"/organisations/{one.code}/care/suggested",
        "coverage": "/care/coverage",
        "coverage below": f"/care/coverage?below={place.code}",
        "suppliers": "/suppliers",
        "one supplier": "/suppliers/records-1",
        "saved what-ifs": "/harm/scenarios",
        "a saved what-if": f"/harm/scenarios/{saved}",
    }
    return {f"API: {name}": f"/api/v1{path}" for name, path in found.items()}


def trust_of(place):
    """The first trust of those below an organisation; itself where there is none, as of a care home."""
    from watchward.console.estate.models import Organisation

    return Organisation.objects.filter(path__startswith=place.path, kind="trust").order_by("code").first() or place


def device_of(place):
    from watchward.console.estate.models import Device

    return Device.objects.filter(organisation=place).order_by("pk").values_list("pk", flat=True).first()


def scenarios_of(place) -> tuple[int, int]:
    """Two saved what-ifs that count the patients of an organisation and all below it, made where there are none."""
    from watchward.base.clock import SystemClock
    from watchward.console.access.guard import Service
    from watchward.console.harm.asked import Asked
    from watchward.console.scenarios.actions import save_scenario
    from watchward.console.scenarios.models import SavedScenario

    kept = SavedScenario.objects.filter(organisation=place, note=NOTE)
    found = list(kept.order_by("pk").values_list("pk", flat=True))
    asked = Asked(down=(trust_of(place).code,), hours=24)
    for number, wanted in enumerate((asked, replace(asked, hours=72)), start=1):
        if len(found) < number:
            made = save_scenario(
                by=Service(name="bench"),
                asked=wanted,
                organisation=place,
                name=f"A bad day, {number}",
                note=NOTE,
                clock=SystemClock(),
            )
            found.append(made.pk)
    return found[0], found[1]
