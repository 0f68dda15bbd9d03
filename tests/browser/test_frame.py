from watchward.access.roles import BOARD_MEMBER


def test_a_person_without_anything_to_see_is_told_so(page_for, passes):
    page = page_for(BOARD_MEMBER)
    page.goto("/")

    passes(page, "home")
