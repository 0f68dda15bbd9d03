"""A page as a test reads it."""


def page(client, address):
    """The text of a page, in one line, which must be there."""
    response = client.get(address)
    assert response.status_code == 200, response.content
    return " ".join(response.content.decode().split())
