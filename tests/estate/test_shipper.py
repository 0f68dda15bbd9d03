import pytest
import yaml

from watchward.estate.shipper import OFFERED, Destination, Shipper, configuration

HERE = Destination(url="https://node.example:9200/", key_id="ww1", secret="s3cret")


@pytest.mark.parametrize("shipper", Shipper)
def test_a_configuration_says_where_and_how_to_send_and_leaves_nothing_to_fill_in(shipper):
    text = configuration(shipper, HERE)

    assert "node.example" in text
    assert "9200" in text
    assert "s3cret" in text or HERE.header in text
    assert "$" not in text.replace("${host.platform}", "")
    assert "watchward-authority.pem" in text


@pytest.mark.parametrize("shipper", [Shipper.WINLOGBEAT, Shipper.FILEBEAT, Shipper.AUDITBEAT])
def test_a_beats_configuration_is_yaml_with_the_output_that_beats_expect(shipper):
    output = yaml.safe_load(configuration(shipper, HERE))["output.elasticsearch"]

    assert output["hosts"] == ["https://node.example:9200"]
    assert output["api_key"] == "ww1:s3cret"


def test_the_elastic_agents_configuration_has_its_output_and_what_each_system_sends():
    policy = yaml.safe_load(configuration(Shipper.ELASTIC_AGENT, HERE))

    assert policy["outputs"]["default"]["hosts"] == ["https://node.example:9200"]
    assert policy["outputs"]["default"]["api_key"] == "ww1:s3cret"
    assert [one["type"] for one in policy["inputs"]] == ["winlog", "journald", "audit/auditd"]
    assert all("host.platform" in one["condition"] and one["streams"] for one in policy["inputs"])


def test_auditbeat_and_the_elastic_agent_are_told_the_same_audit_rules():
    module = yaml.safe_load(configuration(Shipper.AUDITBEAT, HERE))["auditbeat.modules"][0]
    stream = yaml.safe_load(configuration(Shipper.ELASTIC_AGENT, HERE))["inputs"][2]["streams"][0]

    rules = module["audit_rules"].strip().splitlines()
    assert rules == stream["audit_rules"].strip().splitlines()
    assert all(rule.startswith("-a always,exit -F arch=b64 -S ") or " -p wa " in rule for rule in rules)


@pytest.mark.parametrize("shipper", Shipper)
def test_a_node_with_a_certificate_that_everyone_trusts_names_no_authority(shipper):
    trusted = Destination(url=HERE.url, key_id="ww1", secret="s3cret", authority=False)

    assert "authority" not in configuration(shipper, trusted)


def test_every_shipper_is_offered_with_its_purpose_and_file():
    assert set(OFFERED) == set(Shipper)
    assert all(shipper.label and shipper.purpose and shipper.file for shipper in Shipper)
