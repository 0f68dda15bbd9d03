"""What tests have a process of its own do: by the names of these functions it finds them."""

import os
import signal

from watchward.base.errors import BadInputError
from watchward.console import config


def write_down():
    (config.current().cache / "note").write_text(str(os.nice(0)))


def refuse():
    raise BadInputError("That cannot be.", advice="Ask for something else.")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def eat():
    return bytearray(1 << 40)
