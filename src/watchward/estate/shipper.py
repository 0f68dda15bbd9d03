"""What sends telemetry to a node, and the configuration with which it does: to be copied as it stands."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from string import Template
from textwrap import indent
from types import MappingProxyType
from urllib.parse import urlsplit

NDJSON_PATH = "/v1/events"
"""Where the gateway takes plain NDJSON."""


class Shipper(StrEnum):
    """A program that sends; the values are stored and never change."""

    AUDITBEAT = "auditbeat"
    CURL = "curl"
    ELASTIC_AGENT = "elastic-agent"
    FILEBEAT = "filebeat"
    NXLOG = "nxlog"
    RSYSLOG = "rsyslog"
    WINLOGBEAT = "winlogbeat"

    @property
    def label(self) -> str:
        """Its name, as people know it."""
        return _ABOUT[self].label

    @property
    def purpose(self) -> str:
        """When this is the one to choose."""
        return _ABOUT[self].purpose

    @property
    def file(self) -> str:
        """Where its configuration goes."""
        return _ABOUT[self].file


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a shipper sends and how it proves itself.

    Args:
        url: the gateway's address.
        key_id: the public part of the credential.
        secret: its secret part.
        authority: whether the node's certificate comes from its own authority, which the shipper must be told to trust.

    """

    url: str
    key_id: str
    secret: str
    authority: bool = True

    @property
    def header(self) -> str:
        """What an HTTP request says to prove itself."""
        return "ApiKey " + b64encode(f"{self.key_id}:{self.secret}".encode()).decode()


def configuration(shipper: Shipper, to: Destination) -> str:
    """The whole configuration of a shipper, with the credential in it."""
    parts = urlsplit(to.url)
    about = _ABOUT[shipper]
    return Template(about.template).substitute(
        url=to.url.rstrip("/"),
        host=parts.hostname or "",
        port=parts.port or 443,
        key_id=to.key_id,
        secret=to.secret,
        header=to.header,
        ndjson=NDJSON_PATH,
        trust=about.trust if to.authority else "",
        watched=indent(_WATCHED, " " * 10),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """What there is to know of a shipper; `trust` is the line that makes it trust the node's own authority."""

    label: str
    purpose: str
    file: str
    template: str
    trust: str


_WINLOGBEAT = """\
winlogbeat.event_logs:
  - name: Security
  - name: System
  - name: Application
  - name: Windows PowerShell
  - name: Microsoft-Windows-Sysmon/Operational
  - name: Microsoft-Windows-PowerShell/Operational
  - name: Microsoft-Windows-TaskScheduler/Operational
  - name: Microsoft-Windows-Windows Defender/Operational
  - name: Microsoft-Windows-TerminalServices-LocalSessionManager/Operational
  - name: Microsoft-Windows-WMI-Activity/Operational

output.elasticsearch:
  hosts: ["$url"]
  api_key: "$key_id:$secret"
  compression_level: 3
$trust
setup.template.enabled: false
setup.ilm.enabled: false
"""

_FILEBEAT = """\
filebeat.inputs:
  - type: journald
    id: journal
  - type: filestream
    id: audit
    paths: [/var/log/audit/audit.log]

processors:
  - add_host_metadata: ~
  # Sysmon for Linux writes its events into the journal, as XML.
  - decode_xml_wineventlog:
      when.equals.log.syslog.appname: sysmon
      field: message
      target_field: winlog

output.elasticsearch:
  hosts: ["$url"]
  api_key: "$key_id:$secret"
  compression_level: 3
$trust
setup.template.enabled: false
setup.ilm.enabled: false
"""

_WATCHED = """\
-a always,exit -F arch=b64 -S execve,execveat -k exec
-a always,exit -F arch=b64 -S connect -F a2=16 -k connect
-a always,exit -F arch=b64 -S connect -F a2=28 -k connect
-a always,exit -F arch=b64 -S init_module,finit_module,delete_module -k modules
-a always,exit -F arch=b64 -S ptrace,process_vm_writev -k injection
-w /etc/passwd -p wa -k accounts
-w /etc/shadow -p wa -k accounts
-w /etc/group -p wa -k accounts
-w /etc/sudoers -p wa -k rights
-w /etc/sudoers.d -p wa -k rights
-w /etc/pam.d -p wa -k sign-in
-w /etc/ssh -p wa -k sign-in
-w /root/.ssh -p wa -k sign-in
-w /etc/crontab -p wa -k schedule
-w /etc/cron.d -p wa -k schedule
-w /var/spool/cron -p wa -k schedule
-w /etc/systemd/system -p wa -k services
-w /etc/profile.d -p wa -k shells
-w /etc/ld.so.preload -p wa -k libraries
-w /var/www -p wa -k web
"""
"""What the kernel's audit shall report. Every rule on a file is on writing, which `telemetry.logsource` counts upon; a
connection has the length of an IPv4 or IPv6 address as its third argument, so that local sockets are left out."""

_AUDITBEAT = """\
# Auditbeat takes the place of auditd, which must not run beside it: systemctl disable --now auditd
auditbeat.modules:
  - module: auditd
    resolve_ids: true
    audit_rules: |
$watched
processors:
  - add_host_metadata: ~
  - add_process_metadata:
      match_pids: [process.parent.pid]
      target: parent
      include_fields: [process.executable, process.args]

output.elasticsearch:
  hosts: ["$url"]
  api_key: "$key_id:$secret"
  compression_level: 3
$trust
setup.template.enabled: false
setup.ilm.enabled: false
"""

_ELASTIC_AGENT = """\
# One file for every computer: each sends what its system has. On Linux the agent takes the place of auditd, which must
# not run beside it: systemctl disable --now auditd
outputs:
  default:
    type: elasticsearch
    hosts: ["$url"]
    api_key: "$key_id:$secret"
$trust
inputs:
  - id: windows
    type: winlog
    condition: $${host.platform} == 'windows'
    streams:
      - {id: security, name: Security, data_stream: {type: logs, dataset: system.security}}
      - {id: system, name: System, data_stream: {type: logs, dataset: system.system}}
      - {id: application, name: Application, data_stream: {type: logs, dataset: system.application}}
      - id: sysmon
        name: Microsoft-Windows-Sysmon/Operational
        data_stream: {type: logs, dataset: windows.sysmon_operational}
      - id: powershell
        name: Microsoft-Windows-PowerShell/Operational
        data_stream: {type: logs, dataset: windows.powershell_operational}
      - id: tasks
        name: Microsoft-Windows-TaskScheduler/Operational
        data_stream: {type: logs, dataset: windows.task_scheduler}
      - id: defender
        name: Microsoft-Windows-Windows Defender/Operational
        data_stream: {type: logs, dataset: windows.windows_defender}

  - id: linux-journal
    type: journald
    condition: $${host.platform} == 'linux'
    streams:
      - {id: journal, data_stream: {type: logs, dataset: system.syslog}}

  - id: linux-audit
    type: audit/auditd
    condition: $${host.platform} == 'linux'
    streams:
      - id: audit
        data_stream: {type: logs, dataset: auditd_manager.auditd}
        resolve_ids: true
        audit_rules: |
$watched
        processors:
          - add_process_metadata:
              match_pids: [process.parent.pid]
              target: parent
              include_fields: [process.executable, process.args]
"""

_NXLOG = """\
<Extension json>
    Module  xm_json
</Extension>

<Input windows>
    Module  im_msvistalog
    <QueryXML>
        <QueryList><Query Id="0">
            <Select Path="Security">*</Select>
            <Select Path="System">*</Select>
            <Select Path="Microsoft-Windows-Sysmon/Operational">*</Select>
            <Select Path="Microsoft-Windows-PowerShell/Operational">*</Select>
        </Query></QueryList>
    </QueryXML>
    Exec    to_json();
</Input>

<Output watchward>
    Module        om_http
    URL           $url$ndjson
    ContentType   application/x-ndjson
    AddHeader     Authorization: $header
$trust</Output>

<Route telemetry>
    Path  windows => watchward
</Route>
"""

_RSYSLOG = """\
module(load="omelasticsearch")
module(load="imfile")

template(name="watchward" type="list" option.jsonf="on") {
    property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
    property(outname="host.name" name="hostname" format="jsonf")
    property(outname="log.syslog.appname" name="programname" format="jsonf")
    property(outname="process.pid" name="procid" format="jsonf")
    property(outname="log.syslog.severity.code" name="syslogseverity" format="jsonf")
    property(outname="log.syslog.facility.code" name="syslogfacility" format="jsonf")
    property(outname="message" name="msg" format="jsonf")
}

ruleset(name="watchward") {
    action(type="omelasticsearch"
           server="$host" serverport="$port" usehttps="on"
           uid="$key_id" pwd="$secret"
           template="watchward" searchIndex="linux" searchType=""
           bulkmode="on" maxbytes="5m"
$trust           queue.type="LinkedList" queue.filename="watchward" queue.maxDiskSpace="1g" queue.saveOnShutdown="on"
           action.resumeRetryCount="-1")
}

call watchward
input(type="imfile" file="/var/log/audit/audit.log" tag="auditd" ruleset="watchward")
"""

_CURL = """\
curl --fail-with-body $trust\\
  --header 'Authorization: $header' \\
  --header 'Content-Type: application/x-ndjson' \\
  --data-binary @events.ndjson \\
  '$url$ndjson'
"""

_ABOUT: Mapping[Shipper, _About] = MappingProxyType(
    {
        Shipper.WINLOGBEAT: _About(
            label="Winlogbeat",
            purpose="Windows computers and servers, or a Windows event collector that gathers from many.",
            file=r"C:\Program Files\Winlogbeat\winlogbeat.yml",
            template=_WINLOGBEAT,
            trust='  ssl.certificate_authorities: ["C:/Program Files/Winlogbeat/watchward-authority.pem"]\n',
        ),
        Shipper.FILEBEAT: _About(
            label="Filebeat",
            purpose="Linux servers: the journal, and the log of auditd where that runs.",
            file="/etc/filebeat/filebeat.yml",
            template=_FILEBEAT,
            trust='  ssl.certificate_authorities: ["/etc/filebeat/watchward-authority.pem"]\n',
        ),
        Shipper.AUDITBEAT: _About(
            label="Auditbeat",
            purpose="Linux servers: which programs start, whom they connect to and which files they change. "
            "It takes the place of auditd, and goes well beside Filebeat or rsyslog.",
            file="/etc/auditbeat/auditbeat.yml",
            template=_AUDITBEAT,
            trust='  ssl.certificate_authorities: ["/etc/auditbeat/watchward-authority.pem"]\n',
        ),
        Shipper.ELASTIC_AGENT: _About(
            label="Elastic Agent, standalone",
            purpose="Windows computers and Linux servers on which an Elastic Agent runs without a Fleet server.",
            file="elastic-agent.yml",
            template=_ELASTIC_AGENT,
            trust='    ssl.certificate_authorities: ["/etc/watchward-authority.pem"]\n',
        ),
        Shipper.NXLOG: _About(
            label="NXLog",
            purpose="Windows computers that run NXLog already.",
            file=r"C:\Program Files\nxlog\conf\nxlog.conf",
            template=_NXLOG,
            trust="    HTTPSCAFile   C:\\Program Files\\nxlog\\cert\\watchward-authority.pem\n",
        ),
        Shipper.RSYSLOG: _About(
            label="rsyslog",
            purpose="Linux servers that run rsyslog already, with the log of auditd, and appliances that send to them.",
            file="/etc/rsyslog.d/60-watchward.conf",
            template=_RSYSLOG,
            trust='           tls.cacert="/etc/rsyslog.d/watchward-authority.pem"\n',
        ),
        Shipper.CURL: _About(
            label="curl, or a program of your own",
            purpose="A first trial, and anything that can send lines of JSON over HTTPS.",
            file="a shell",
            template=_CURL,
            trust="--cacert watchward-authority.pem ",
        ),
    }
)
"""In the order in which they are offered."""

OFFERED = tuple(_ABOUT)
"""The shippers, the most usual first."""
