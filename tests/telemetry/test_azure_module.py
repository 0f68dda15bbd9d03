import json
from datetime import UTC, datetime

from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Origin

ORIGIN = Origin(organisation="X-T1", source="s", received_at=datetime(2026, 3, 2, 11, tzinfo=UTC))


def decoded(document):
    batch = Decoder().decode_documents([json.dumps(document).encode()], ORIGIN).batch
    return {name: value for name, value in batch.to_pylist()[0].items() if value is not None}


def test_a_sign_in_of_filebeats_azure_module_has_azures_own_field_names():
    event = decoded(
        {
            "@timestamp": "2026-03-02T10:00:00Z",
            "event": {"dataset": "azure.signinlogs", "module": "azure"},
            "azure": {
                "signinlogs": {
                    "category": "SignInLogs",
                    "operation_name": "Sign-in activity",
                    "result_type": "50126",
                    "properties": {
                        "app_display_name": "Wiki",
                        "client_app_used": "Authenticated SMTP",
                        "risk_state": "atRisk",
                        "status": {"error_code": 50126},
                        "user_principal_name": "ada@example.test",
                    },
                },
            },
        }
    )

    assert event["userPrincipalName"] == "ada@example.test"
    assert event["ResultType"] == "50126"
    assert event["ClientApp"] == "Authenticated SMTP"
    assert event["RiskState"] == "atRisk"
    assert event["appDisplayName"] == "Wiki"


def test_a_change_of_the_directory_tells_what_was_done_and_to_whom():
    event = decoded(
        {
            "@timestamp": "2026-03-02T10:00:00Z",
            "event": {"dataset": "azure.auditlogs", "module": "azure"},
            "azure": {
                "auditlogs": {
                    "operation_name": "Add member to role",
                    "properties": {
                        "activity_display_name": "Add member to role",
                        "target_resources": {"0": {"user_principal_name": "ada@example.test"}},
                    },
                },
            },
        }
    )

    assert event["OperationName"] == "Add member to role"
    assert event["properties.message"] == "Add member to role"
    assert event["targetResources.userPrincipalName"] == "ada@example.test"
