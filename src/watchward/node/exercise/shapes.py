"""The documents in which real shippers send what sensors recorded: Winlogbeat, NXLog, Auditbeat and Filebeat."""

from collections.abc import Mapping
from typing import Any

from watchward.node.exercise.sector import Sensor
from watchward.node.exercise.sensors.scene import Event
from watchward.node.exercise.template import Text
from watchward.node.exercise.values import load_yaml

_CATALOGUE: dict[str, dict[str, Any]] = load_yaml("data", "catalogue.yaml")
Document = dict[str, object]


def text_of(event: Event, sensor: Sensor) -> Text:
    """The document that a shipper sends of an event, compiled."""
    makers = {"auditd": _auditbeat, "signin": _sign_in, "directory": _directory, "office": _office}
    if event.log in makers:
        return Text.of_document(makers[event.log](event))
    if event.log == "linux_sysmon":
        return Text.of_document(_linux_sysmon(event))
    if event.log == "syslog":
        return Text.of_document(_rsyslog(event) if sensor is Sensor.NXLOG else _journal(event))
    return Text.of_document(_nxlog(event) if sensor is Sensor.NXLOG else _winlogbeat(event))


def _titles(event: Event) -> tuple[dict[str, Any], str, str]:
    log = _CATALOGUE[event.log]
    task, title = log["codes"][event.code]
    return log, task, title


def _message(title: str, fields: Mapping[str, str]) -> str:
    return title + "".join(f"\n{name}: {text}" for name, text in fields.items())


def _agent(kind: str) -> Document:
    return {
        "ephemeral_id": "{agent_ephemeral}",
        "id": "{agent_id}",
        "name": "{collector}" if kind == "filebeat" else "{host}",
        "type": kind,
        "version": "8.15.3",
    }


def _host(family: str) -> Document:
    windows = {
        "build": "{build}",
        "family": "windows",
        "kernel": "10.0.{build} (WinBuild.160101.0800)",
        "name": "{system}",
        "platform": "windows",
        "type": "windows",
        "version": "10.0",
    }
    linux = {
        "codename": "jammy",
        "family": "debian",
        "kernel": "5.15.0-125-generic",
        "name": "Ubuntu",
        "platform": "ubuntu",
        "type": "linux",
        "version": "22.04.5 LTS (Jammy Jellyfish)",
    }
    return {
        "architecture": "x86_64",
        "hostname": "{host}",
        "id": "{host_id}",
        "ip": ["{ip}"],
        "mac": ["{mac}"],
        "name": "{fqdn}",
        "os": windows if family == "windows" else linux,
    }


def _winlogbeat(event: Event) -> Document:
    log, task, title = _titles(event)
    security = event.log == "security"
    outcome = {"outcome": "success" if event.succeeded else "failure"} if security else {}
    keywords = ["Audit Success" if event.succeeded else "Audit Failure"] if security else []
    winlog: Document = {
        "api": "wineventlog",
        "channel": log["channel"],
        "computer_name": "{fqdn}",
        "event_data": event.fields,
        "event_id": event.code,
        "keywords": keywords,
        "opcode": "Info",
        "process": {"pid": "{=provider_pid}", "thread": {"id": "{=thread}"}},
        "provider_guid": log["guid"],
        "provider_name": log["provider"],
        "record_id": "{=record}",
        "task": task,
    }
    if not security:
        winlog["user"] = {"domain": "NT AUTHORITY", "identifier": "S-1-5-18", "name": "SYSTEM", "type": "User"}
    if event.log == "sysmon":
        winlog["version"] = 5
    return {
        "@timestamp": "{iso}",
        "agent": _agent("winlogbeat"),
        "ecs": {"version": "8.0.0"},
        "event": {
            "action": task,
            "code": event.code,
            "created": "{created}",
            "kind": "event",
            "provider": log["provider"],
            **outcome,
        },
        "host": _host("windows"),
        "log": {"level": "information"},
        "message": _message(title, event.fields),
        "winlog": winlog,
    }


def _nxlog(event: Event) -> Document:
    log, task, title = _titles(event)
    return {
        "EventTime": "{local}",
        "@timestamp": "{iso}",
        "Hostname": "{fqdn}",
        "Keywords": -9214364837600034816 if event.succeeded else -9218868437227405312,
        "EventType": "AUDIT_SUCCESS" if event.succeeded else "AUDIT_FAILURE",
        "SeverityValue": 2,
        "Severity": "INFO",
        "EventID": int(event.code),
        "SourceName": log["provider"],
        "ProviderGuid": log["guid"].upper(),
        "Version": 0,
        "Category": task,
        "OpcodeValue": 0,
        "RecordNumber": "{=record}",
        "ExecutionProcessID": "{=provider_pid}",
        "ThreadID": "{=thread}",
        "Channel": log["channel"],
        "Message": _message(title, event.fields),
        "Opcode": "Info",
        **event.fields,
        "EventReceivedTime": "{local}",
        "SourceModuleName": "eventlog",
        "SourceModuleType": "im_msvistalog",
    }


def _linux_sysmon(event: Event) -> Document:
    log, task, title = _titles(event)
    return {
        "@timestamp": "{iso}",
        "agent": _agent("filebeat") | {"name": "{host}"},
        "ecs": {"version": "8.11.0"},
        "event": {
            "action": task,
            "code": event.code,
            "created": "{created}",
            "kind": "event",
            "provider": log["provider"],
        },
        "host": _host("linux"),
        "input": {"type": "journald"},
        "log": {"level": "information", "syslog": {"appname": "sysmon", "facility": {"code": 1}, "priority": 6}},
        "message": _message(title, event.fields),
        "winlog": {
            "channel": log["channel"],
            "computer_name": "{fqdn}",
            "event_data": event.fields,
            "event_id": event.code,
            "process": {"pid": "{=provider_pid}", "thread": {"id": "{=thread}"}},
            "provider_guid": log["guid"],
            "provider_name": log["provider"],
            "record_id": "{record}",
            "user": {"identifier": "0"},
            "version": 5,
        },
    }


def _auditbeat(event: Event) -> Document:
    """Auditbeat's module `auditd`, with the parent that its configuration has it look up."""
    fields = event.fields
    path = fields.get("path", fields["exe"])
    document: Document = {
        "@timestamp": "{iso}",
        "agent": _agent("auditbeat"),
        "auditd": _audit_record(fields, path),
        "ecs": {"version": "8.0.0"},
        "event": _audit_event(event),
        "host": _host("linux"),
        "parent": {"process": {"executable": fields["parent"], "args": fields["parent_title"].split(" ")}},
        "process": {
            "executable": fields["exe"],
            "name": fields["name"],
            "parent": {"pid": _number(fields["ppid"])},
            "pid": _number(fields["pid"]),
            "title": fields["title"],
            "working_directory": fields["cwd"],
            **({"args": fields["title"].split(" ")} if event.code == "execve" else {}),
        },
        "service": {"type": "auditd"},
        "tags": [fields["key"]],
        "user": {"id": fields["uid"], "name": fields["user"], "audit": {"id": fields["uid"], "name": fields["user"]}},
    }
    if "address" in fields:
        return document | {
            "destination": {"ip": fields["address"], "port": fields["port"]},
            "network": {"direction": "egress"},
        }
    return document | {"file": {"path": path, "mode": "0644", "uid": "0", "gid": "0"}}


def _audit_record(fields: Mapping[str, str], path: str) -> Document:
    """What the kernel told of a call: its arguments are numbers, even where they point at a program's."""
    return {
        "data": {
            "arch": "x86_64",
            "exit": "0",
            "syscall": fields["syscall"],
            "tty": fields["tty"],
            **{f"a{number}": "{x12:a" + str(number) + "}" for number in range(4)},
        },
        "message_type": "syscall",
        "paths": [{"item": "0", "mode": "0100755", "name": path, "nametype": "NORMAL", "ouid": "0"}],
        "result": "success",
        "sequence": "{=record}",
        "session": "{n3:session}",
        "summary": {
            "actor": {"primary": fields["user"], "secondary": fields["user"]},
            "how": fields["exe"],
            "object": {"primary": path, "type": "file"},
        },
    }


def _number(slot: str) -> str:
    """A slot that is filled with a number, not with text."""
    return "{=" + slot.strip("{}") + "}"


def _audit_event(event: Event) -> Document:
    happened: Mapping[str, tuple[str, str, list[str]]] = {
        "execve": ("executed", "process", ["start"]),
        "connect": ("connected-to", "network", ["connection", "start"]),
        "openat": ("opened-file", "file", ["info"]),
        "unlinkat": ("deleted", "file", ["deletion"]),
    }
    action, category, types = happened[event.fields["syscall"]]
    return {
        "action": action,
        "category": [category],
        "kind": "event",
        "module": "auditd",
        "outcome": "success",
        "type": types,
    }


_FACILITIES = {"auth": 10, "cron": 9}
_DAEMONS = 3


def _journal(event: Event) -> Document:
    """Filebeat's input `journald`."""
    fields = event.fields
    number = _number(fields["pid"])
    return {
        "@timestamp": "{iso}",
        "agent": _agent("filebeat") | {"name": "{host}"},
        "ecs": {"version": "8.0.0"},
        "event": {"created": "{created}", "kind": "event"},
        "host": _host("linux"),
        "input": {"type": "journald"},
        "journald": {"gid": 0, "pid": number, "uid": 0},
        "log": {
            "syslog": {
                "appname": fields["program"],
                "facility": {"code": _FACILITIES.get(fields["log"], _DAEMONS)},
                "priority": 6,
            }
        },
        "message": fields["text"],
        "process": {"pid": number},
        "systemd": {"transport": "syslog"},
    }


def _rsyslog(event: Event) -> Document:
    """The template of the configuration for rsyslog."""
    fields = event.fields
    return {
        "@timestamp": "{iso}",
        "host.name": "{host}",
        "log.syslog.appname": fields["program"],
        "process.pid": fields["pid"],
        "log.syslog.severity.code": "6",
        "log.syslog.facility.code": str(_FACILITIES.get(fields["log"], _DAEMONS)),
        "message": f" {fields['text']}",
    }


def _sign_in(event: Event) -> Document:
    """Filebeat's azure module, `signinlogs`."""
    fields = event.fields
    properties: Document = {
        "app_display_name": fields["app"],
        "app_id": "{guid:app}",
        "authentication_requirement": fields["requirement"],
        "client_app_used": fields["client"],
        "conditional_access_status": fields["access"],
        "correlation_id": "{guid:correlation}",
        "created_at": "{iso}",
        "device_detail": {"browser": fields["browser"], "operating_system": fields["system"]},
        "id": "{guid:signin}",
        "is_interactive": True,
        "resource_display_name": "Office 365 Exchange Online",
        "risk_level_aggregated": fields["risk"],
        "risk_level_during_signin": fields["risk"],
        "risk_state": "none" if fields["risk"] == "none" else "atRisk",
        "status": {"error_code": int(event.code), "failure_reason": fields["reason"]},
        "user_display_name": fields["name"],
        "user_id": "{guid:user}",
        "user_principal_name": fields["user"],
    }
    records: Document = {
        "category": "SignInLogs",
        "identity": fields["name"],
        "operation_name": "Sign-in activity",
        "operation_version": "1.0",
        "properties": properties,
        "result_description": fields["reason"],
        "result_signature": "None",
        "result_type": event.code,
        "tenant_id": "{tenant}",
    }
    return _cloud("azure", "azure.signinlogs", "Sign-in activity", event.succeeded) | {
        "azure": {"signinlogs": records, "tenant_id": "{tenant}", "correlation_id": "{guid:correlation}"},
        "client": {"ip": fields["ip"]},
        "related": {"ip": [fields["ip"]]},
        "source": {
            "address": fields["ip"],
            "ip": fields["ip"],
            "geo": {"city_name": fields["city"], "country_iso_code": fields["country"]},
        },
        "user": {"full_name": fields["name"], "id": "{guid:user}", "name": fields["user"]},
        "user_agent": {"original": fields["agent"]},
    }


def _cloud(module: str, dataset: str, action: str, worked: bool) -> Document:  # noqa: FBT001 - a fact, not a switch
    return {
        "@timestamp": "{iso}",
        "agent": _agent("filebeat"),
        "ecs": {"version": "8.11.0"},
        "event": {
            "action": action,
            "category": ["authentication"] if "signin" in dataset else ["configuration"],
            "dataset": dataset,
            "id": "{guid:event}",
            "ingested": "{created}",
            "kind": "event",
            "module": module,
            "outcome": "success" if worked else "failure",
        },
        "input": {"type": "azure-eventhub" if module == "azure" else "o365audit"},
    }


def _directory(event: Event) -> Document:
    """Filebeat's azure module, `auditlogs`."""
    fields = event.fields
    changed = [{"display_name": fields["property"], "old_value": fields["old"], "new_value": fields["new"]}]
    properties: Document = {
        "activity_datetime": "{iso}",
        "activity_display_name": fields["operation"],
        "category": fields["category"],
        "correlation_id": "{guid:correlation}",
        "id": "{guid:audit}",
        "initiated_by": {"user": {"ipAddress": fields["ip"], "userPrincipalName": fields["user"]}},
        "logged_by_service": fields["service"],
        "operation_type": "Update",
        "result": "success",
        "target_resources": {
            "0": {
                "display_name": fields["target"],
                "modified_properties": {"0": changed[0]},
                "type": "User",
                "user_principal_name": fields["target"],
            },
        },
    }
    records: Document = {
        "category": "AuditLogs",
        "operation_name": fields["operation"],
        "operation_version": "1.0",
        "properties": properties,
        "result_signature": "None",
        "tenant_id": "{tenant}",
    }
    return _cloud("azure", "azure.auditlogs", fields["operation"], event.succeeded) | {
        "azure": {"auditlogs": records, "tenant_id": "{tenant}"},
        "source": {"ip": fields["ip"]},
        "user": {"name": fields["user"]},
    }


def _office(event: Event) -> Document:
    """Filebeat's o365 module, `audit`."""
    fields = event.fields
    parameters = {name: text for name, text in fields.items() if name[0].isupper()}
    record_types = {"Exchange": 1, "SharePoint": 6, "OneDrive": 6, "AzureActiveDirectory": 8}
    audit: Document = {
        "ClientIP": fields["ip"],
        "ClientInfoString": fields["session"],
        "CreationTime": "{iso_seconds}",
        "ExternalAccess": False,
        "Id": "{guid:audit}",
        "ObjectId": fields["object"],
        "Operation": fields["operation"],
        "OrganizationId": "{tenant}",
        "OrganizationName": "{realm}",
        "Parameters": parameters,
        "RecordType": record_types.get(fields["workload"], 1),
        "ResultStatus": "True",
        "UserAgent": fields["agent"],
        "UserId": fields["user"],
        "UserKey": "{x16:user}",
        "UserType": 0,
        "Version": 1,
        "Workload": fields["workload"],
    }
    return _cloud("o365", "o365.audit", fields["operation"], event.succeeded) | {
        "client": {"address": fields["ip"], "ip": fields["ip"]},
        "o365": {"audit": audit},
        "organization": {"id": "{tenant}", "name": "{realm}"},
        "source": {"ip": fields["ip"]},
        "user": {"email": fields["user"], "id": fields["user"], "name": fields["user"]},
        "user_agent": {"original": fields["agent"]},
    }
