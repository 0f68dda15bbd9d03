"""In which form a client wants its answer, and in which it sends."""

from http import HTTPStatus
from typing import Final

from watchward.console.messages import RefusedError
from watchward.console.taxii.http import MEDIA_TYPE

_TYPE: Final = "application/taxii+json"
_ANY: Final = frozenset({"*/*", "application/*"})
_VERSION: Final = "2.1"


def require_acceptable(accept: str) -> None:
    """Refuse who wants an answer in another form than this server's.

    Raises:
        RefusedError: 406.

    """
    if accept and not any(_fits(one, any_of=_ANY) for one in accept.split(",")):
        raise RefusedError(
            HTTPStatus.NOT_ACCEPTABLE,
            f"This server answers in {MEDIA_TYPE} alone.",
            advice=f"Ask with “Accept: {MEDIA_TYPE}”.",
        )


def require_sent_as(content_type: str, content_encoding: str) -> None:
    """Refuse what is sent in another form.

    Raises:
        RefusedError: 415.

    """
    if not _fits(content_type) or content_encoding.strip().lower() not in {"", "identity"}:
        raise RefusedError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"This server takes {MEDIA_TYPE} alone, not packed.",
            advice=f"Send it with “Content-Type: {MEDIA_TYPE}”.",
        )


def takes_gzip(accept_encoding: str) -> bool:
    """Whether a client asks for its answer packed.

    >>> takes_gzip("deflate, gzip;q=0.5"), takes_gzip("gzip;q=0"), takes_gzip("")
    (True, False, False)

    """
    for one in accept_encoding.split(","):
        coding, *parameters = (part.strip().lower() for part in one.split(";"))
        if coding == "gzip":
            return _wanted(parameters)
    return False


def _fits(media: str, *, any_of: frozenset[str] = frozenset()) -> bool:
    """Whether a media type is TAXII's, with its version or without."""
    kind, *parameters = (part.strip().lower() for part in media.split(";"))
    version = next((one.partition("=")[2].strip('" ') for one in parameters if one.startswith("version")), _VERSION)
    return kind in any_of or (kind == _TYPE and version == _VERSION and _wanted(parameters))


def _wanted(parameters: list[str]) -> bool:
    quality = next((one.partition("=")[2].strip() for one in parameters if one.startswith("q=")), "1")
    return quality.strip("0.") != ""
