"""The shape of what others read: golden files pin names and nesting, and not numbers that a better model changes."""


def shape(value):
    """What a value is, without its texts and numbers: lists of objects by their first member."""
    match value:
        case dict():
            return {key: shape(one) for key, one in value.items()}
        case list():
            return [shape(value[0])] if value and isinstance(value[0], dict) else "list"
        case str():
            return "text"
        case None:
            return "nothing"
        case bool():
            return "truth"
        case _:
            return "number"
