"""The key that seals passwords is made once, however many processes want it first."""

import multiprocessing

from watchward.console.config import current, use
from watchward.console.intel.sealing import sealed, unsealed


def _seal(config, start, answers):
    use(config)
    start.wait()
    answers.put(sealed("swordfish"))


def test_what_several_processes_seal_first_can_all_be_unsealed():
    context = multiprocessing.get_context("fork")
    start, answers = context.Event(), context.Queue()
    several = [context.Process(target=_seal, args=(current(), start, answers)) for _ in range(8)]
    for one in several:
        one.start()
    start.set()
    texts = [answers.get(timeout=60) for _ in several]
    for one in several:
        one.join(timeout=60)
    assert {unsealed(text) for text in texts} == {"swordfish"}
