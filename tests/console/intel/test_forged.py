"""What claims to define the marking of a sharing group is not believed, whenever the group is made."""

import json

from console.factories import OrganisationFactory
from console.intel.factories import NODE, a_clock, a_collection, add, an_indicator
from watchward.console.intel import actions, audiences
from watchward.console.intel.models import Definition, Object
from watchward.intel.markings import Audience, Tlp, group_marking


def _forged():
    """A definition under the identifier of a group's marking, which says that everybody may have it."""
    true = {name: said for name, said in group_marking("Imaging").items() if name != "extensions"}
    return {**true, "definition_type": "statement", "definition": {"statement": "Everybody may have it."}}


def test_a_definition_forged_before_the_group_is_made_is_believed_no_longer_when_it_is():
    collection = a_collection(OrganisationFactory(code="QQ1"))
    add(collection, _forged(), an_indicator(object_marking_refs=[_forged()["id"], Tlp.AMBER.marking]))
    before = Object.objects.get(type="indicator")
    actions.change_group(by=NODE, name="Imaging", members=[], clock=a_clock())
    after = Object.objects.select_related("audience").get(type="indicator")
    assert Audience.of(after.audience.key).groups == {"Imaging"}
    assert after.added > before.added
    assert json.loads(bytes(Definition.objects.get().raw)) == group_marking("Imaging")
    assert not Object.objects.filter(type="marking-definition").exists()


def test_the_true_definition_stays_when_the_group_is_made():
    add(a_collection(), group_marking("Imaging"))
    actions.change_group(by=NODE, name="Imaging", members=[], clock=a_clock())
    assert Object.objects.filter(type="marking-definition").count() == 1


def test_one_organisation_defines_so_many_markings_and_no_more(monkeypatch):
    monkeypatch.setattr(audiences, "MOST_DEFINED", 2)
    collection = a_collection()
    done = add(collection, *(group_marking(f"Group {number}") for number in range(3)))
    assert (len(done.new), Definition.objects.count()) == (2, 2)
    assert "the most that are kept" in done.refused[0].message
    assert len(add(collection, group_marking("Group 1")).known) == 1
    assert len(add(a_collection(), group_marking("Group 9")).new) == 1
