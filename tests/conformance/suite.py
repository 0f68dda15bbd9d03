"""The suite's own driver, which is no part of the package."""

import importlib.util
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "conformance"


def module(path: Path):
    spec = importlib.util.spec_from_file_location(f"conformance_{path.stem}", path)
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


driver = module(FOLDER / "run.py")
