def test_the_sign_in_page_is_usable(new_page, passes):
    page = new_page()
    page.goto("/")

    assert page.title() == "Sign in - Watchward"
    passes(page, "sign-in")
