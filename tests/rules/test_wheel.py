"""A built package carries the starter pack, so that an installation finds rules without a checkout."""

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from rules.starter import together, written

PROJECT = Path(__file__).parents[2]


def test_a_built_package_contains_every_rule_of_the_pack(tmp_path):
    for name in ("pyproject.toml", "README.md", "LICENCE.md"):
        shutil.copy(PROJECT / name, tmp_path)
    shutil.copytree(PROJECT / "rules", tmp_path / "rules")
    shutil.copytree(
        PROJECT / "src", tmp_path / "src", symlinks=True, ignore=shutil.ignore_patterns("vendor", "__pycache__")
    )
    build = "from setuptools import build_meta; print(build_meta.build_wheel('dist'))"
    made = subprocess.run([sys.executable, "-c", build], cwd=tmp_path, check=True, capture_output=True, text=True)  # noqa: S603 - our own build
    names = ZipFile(tmp_path / "dist" / made.stdout.split()[-1]).namelist()
    assert {name for name in names if name.endswith(".yml") and "/starter/" in name} == {
        f"watchward/detect/sigma/starter/{one.name}.yml" for one in (*written(), *together())
    }
    assert not [name for name in names if "/starter/tests/" in name]
