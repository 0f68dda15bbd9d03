"""What listens at an address: whether it is this node's own program, or another that took its port."""

import http.client
import socket
import ssl

ACCEPT_SECONDS = 0.5
ANSWER_SECONDS = 5.0
_LOOKED_AT = 1 << 16


def said(host: str, port: int, path: str) -> bytes | None:
    """The beginning of what a listener says to a GET, over TLS or without.

    Returns:
        None when it does not answer as a web server does.

    Raises:
        OSError: nothing accepts connections there.

    """
    socket.create_connection((host, port), timeout=ACCEPT_SECONDS).close()
    for connection in _ways(host, port):
        try:
            connection.request("GET", path, headers={"Host": "localhost"})
            return connection.getresponse().read(_LOOKED_AT)
        except TimeoutError:
            return None
        except (OSError, http.client.HTTPException):
            continue
        finally:
            connection.close()
    return None


def _ways(host: str, port: int) -> tuple[http.client.HTTPConnection, ...]:
    unchecked = ssl.create_default_context()
    unchecked.check_hostname = False  # nothing is told and nothing is believed: who is there?
    unchecked.verify_mode = ssl.CERT_NONE
    return (
        http.client.HTTPSConnection(host, port, timeout=ANSWER_SECONDS, context=unchecked),
        http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS),
    )
