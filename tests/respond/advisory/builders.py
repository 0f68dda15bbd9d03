"""Builders and strategies of high severity alerts; defaults are valid and dull."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from watchward.estate.organisation import OrganisationKind
from watchward.respond.advisory.answer import Answer, Standing
from watchward.respond.advisory.content import ANSWERING, Action, Advisory, Product, Severity, Whom

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def an_action(text="Install the update", *, days=14):
    return Action(text=text, by=NOW + timedelta(days=days))


def an_advisory(**changes):
    given = {
        "number": "CC-0042",
        "title": "Bell 2 lets strangers in",
        "severity": Severity.HIGH,
        "what": "A flaw in the sign-in page of Bell 2 lets anybody in without a password.",
        "plain": "The program that keeps your residents' records may let strangers in. Your supplier has mended it.",
        "products": (Product(name="Bell 2", versions="before 2.14", supplier="Larkmere Records"),),
        "cves": ("CVE-2026-12345",),
        "actions": (an_action(),),
        "whom": Whom(area="ENG", kinds=frozenset({OrganisationKind.TRUST, OrganisationKind.CARE_HOME})),
    }
    return Advisory(**given | changes)


moments = st.integers(0, 60 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
kinds = st.sampled_from(sorted(OrganisationKind))
asked_kinds = st.sampled_from(sorted(ANSWERING))


@st.composite
def answers(draw, standings=tuple(Standing)):
    asked_at, later = draw(moments), draw(st.integers(0, 20 * 24 * 60))
    standing = draw(st.sampled_from(standings))
    said_at = asked_at if standing is Standing.ASKED else asked_at + timedelta(minutes=later)
    return Answer(
        standing=standing,
        asked_at=asked_at,
        said_at=said_at,
        wants_help=standing in {Standing.LOOKING, Standing.APPLIES} and draw(st.booleans()),
    )
