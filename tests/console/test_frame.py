from console.factories import UserFactory


def test_a_stranger_is_sent_to_the_sign_in_page(client):
    response = client.get("/")

    assert response.status_code == 302
    assert response["Location"] == "/account/sign-in/?next=/"


def test_the_sign_in_page_asks_for_address_and_password(client):
    page = client.get("/account/sign-in/").content.decode()

    assert "Email address" in page
    assert "Skip to main content" in page


def test_a_person_without_a_role_is_told_whom_to_ask(client):
    client.force_login(UserFactory())

    assert "Ask an administrator" in client.get("/").content.decode()


def test_a_page_that_does_not_exist_says_what_to_do(client):
    client.force_login(UserFactory())

    response = client.get("/no-such-page/")

    assert response.status_code == 404
    assert "Check the address" in response.content.decode()


def test_every_page_tells_the_browser_to_run_only_our_own_scripts(client):
    policy = client.get("/account/sign-in/")["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
