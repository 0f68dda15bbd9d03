"""A node's home."""

from watchward.detect.sigma import rules
from watchward.detect.sigma.pack import starter_pack
from watchward.node.home import Home


def test_a_site_s_copy_of_a_rule_stands_in_place_of_the_starter_pack_s(tmp_path):
    home = Home(tmp_path)
    home.create()
    theirs = min((starter_pack() / "windows").rglob("*.yml"))
    ours = home.rules / "ours.yml"
    ours.write_text(theirs.read_text().replace("title: ", "title: Tuned, ", 1))

    loaded = rules.load(home.rule_folders)

    assert [rule.path for rule in loaded.rules if rule.title.startswith("Tuned, ")] == [ours]
    assert [one.path.resolve() for one in loaded.rejected] == [theirs]
