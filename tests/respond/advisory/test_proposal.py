from hypothesis import given
from hypothesis import strategies as st

from watchward.respond.advisory.content import Product
from watchward.respond.advisory.proposal import EVERYBODY, Known, Likely, System, proposed

BELL = Product(name="Bell 2", supplier="Larkmere Records Ltd")
names = st.sampled_from(["Bell 2", "Bell", "Campbell", "Elm", "bell 2 (hosted)", ""])
systems = st.builds(
    System,
    what=st.sampled_from(["Patient records", "Email"]),
    product=names,
    supplier=st.sampled_from(["", "supplier/larkmere-records", "supplier/elm"]),
)
known = st.builds(
    Known,
    systems=st.lists(systems, max_size=4).map(tuple),
    sends=st.frozensets(st.sampled_from(["windows", "linux"])),
    confirmed=st.booleans(),
)
products = st.builds(
    Product,
    name=names.filter(bool),
    supplier=st.sampled_from(["", "Elm", "supplier/larkmere-records"]),
    sends=st.sampled_from(["", "windows"]),
)


def test_a_product_that_a_map_names_is_proposed_with_what_it_is_for():
    found = proposed([BELL], Known(systems=(System(what="Patient records", product="bell 2 (hosted)"),)))

    assert (found.likely, found.why) == (Likely.APPLIES, "You use bell 2 (hosted) for patient records.")


def test_where_only_the_supplier_is_known_that_is_the_reason():
    system = System(what="Patient records", supplier="supplier/larkmere-records", supplier_name="Larkmere Records")

    assert proposed([BELL], Known(systems=(system,))).why == "You have patient records from Larkmere Records."


def test_another_product_of_the_same_supplier_is_no_reason():
    system = System(
        what="Email", product="Post 1", supplier="supplier/larkmere-records", supplier_name="Larkmere Records"
    )

    assert proposed([BELL], Known(systems=(system,))).likely is Likely.UNKNOWN


def test_events_that_arrive_are_a_reason():
    found = proposed([Product(name="Windows", sends="windows")], Known(sends=frozenset({"windows"})))

    assert (found.likely, found.why) == (Likely.APPLIES, "Computers of yours send events of Windows.")


def test_a_name_within_another_word_is_no_match():
    found = proposed([Product(name="Bell")], Known(systems=(System(what="Email", product="Campbell"),)))

    assert found.likely is Likely.UNKNOWN


def test_nothing_known_is_said_to_be_nothing_known():
    assert proposed([BELL], Known()).why == "We know nothing of whether you use Bell 2."


def test_only_a_whole_and_confirmed_map_without_the_product_lets_it_seem_not_to_apply():
    whole = (System(what="Patient records", product="Elm"), System(what="Email", product="Post 1"))
    part = (*whole, System(what="Telephones"))

    assert proposed([BELL], Known(systems=whole, confirmed=True)).likely is Likely.NOT
    assert proposed([BELL], Known(systems=whole)).likely is Likely.UNKNOWN
    assert proposed([BELL], Known(systems=part, confirmed=True)).likely is Likely.UNKNOWN


def test_an_alert_about_everything_proposes_nothing():
    assert proposed([], Known(confirmed=True)) == EVERYBODY


@given(st.lists(products, max_size=3), known)
def test_every_proposal_has_its_reason_and_more_knowledge_never_makes_it_seem_not_to_apply_where_it_did(some, what):
    found = proposed(some, what)
    more = Known(
        systems=(*what.systems, System(what="Email", product="Elm")), sends=what.sends, confirmed=what.confirmed
    )

    assert found.why.endswith(".")
    if found.likely is Likely.APPLIES:
        assert proposed(some, more).likely is Likely.APPLIES
