"""What sends telemetry to a node, and the configuration with which it does: to be copied as it stands."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from string import Template
from types import MappingProxyType
from urllib.parse import urlsplit

NDJSON_PATH = "/v1/events"
"""Where the gateway takes plain NDJSON."""


class Shipper(StrEnum):
    """A program that sends; the values are stored and never change."""

    CURL = "curl"
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

output.elasticsearch:
  hosts: ["$url"]
  api_key: "$key_id:$secret"
  compression_level: 3
$trust
setup.template.enabled: false
setup.ilm.enabled: false
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

template(name="watchward" type="list" option.jsonf="on") {
    property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
    property(outname="host.hostname" name="hostname" format="jsonf")
    property(outname="process.name" name="programname" format="jsonf")
    property(outname="process.pid" name="procid" format="jsonf")
    property(outname="log.syslog.severity.code" name="syslogseverity" format="jsonf")
    property(outname="log.syslog.facility.code" name="syslogfacility" format="jsonf")
    property(outname="message" name="msg" format="jsonf")
}

action(type="omelasticsearch"
       server="$host" serverport="$port" usehttps="on"
       uid="$key_id" pwd="$secret"
       template="watchward" searchIndex="linux" searchType=""
       bulkmode="on" maxbytes="5m"
$trust       queue.type="LinkedList" queue.filename="watchward" queue.maxDiskSpace="1g" queue.saveOnShutdown="on"
       action.resumeRetryCount="-1")
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
            label="Filebeat or Elastic Agent",
            purpose="Linux servers. For an Elastic Agent, use the same output in its policy or elastic-agent.yml.",
            file="/etc/filebeat/filebeat.yml",
            template=_FILEBEAT,
            trust='  ssl.certificate_authorities: ["/etc/filebeat/watchward-authority.pem"]\n',
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
            purpose="Linux servers that run rsyslog already, and appliances that send syslog to it.",
            file="/etc/rsyslog.d/60-watchward.conf",
            template=_RSYSLOG,
            trust='       tls.cacert="/etc/rsyslog.d/watchward-authority.pem"\n',
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
