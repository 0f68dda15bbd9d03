"""Why a block may not do what somebody wants of it."""

from watchward.base.errors import BadInputError


class BlockError(BadInputError):
    """The life of a block does not allow this step."""
