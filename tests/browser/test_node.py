from console.factories import PostFactory
from watchward.access.roles import AUDITOR


def test_the_page_of_the_node_is_usable(page_for, passes):
    auditor = PostFactory(role=AUDITOR.key, organisation=None).user
    page = page_for(AUDITOR, user=auditor)
    page.goto("/node/")

    passes(page, "node")
