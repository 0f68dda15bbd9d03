"""What to write into each kind of control, so that it reads its list from here."""

from dataclasses import dataclass
from enum import StrEnum

from watchward.lists.controls import Control
from watchward.lists.forms import Family


class Program(StrEnum):
    """A control that this node knows how to connect."""

    BIND = "bind"
    DEFENDER = "defender"
    FIREWALL = "firewall"
    SQUID = "squid"
    STIX = "stix"
    SURICATA = "suricata"
    UNBOUND = "unbound"
    ZEEK = "zeek"

    @property
    def family(self) -> Family:
        """The forms that it reads."""
        match self:
            case Program.BIND | Program.UNBOUND:
                return Family.RPZ
            case _:
                return Family(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Where this node serves.

    Args:
        url: of the lists, with a slash at the end.
        host: the address of zone transfers.
        dns_port: their port.
        secret: the control's secret.
        transfer_key: the secret of its TSIG key.

    """

    url: str
    host: str
    dns_port: int
    secret: str
    transfer_key: str


def configuration(program: Program, control: Control, here: Here) -> str:
    """What to write, with where to write it."""
    said = _SAID[program].format(
        zone=control.zone,
        id=control.id,
        url=here.url,
        host=here.host,
        port=here.dns_port,
        secret=here.secret,
        key=here.transfer_key,
    )
    return said.lstrip("\n")


_FETCH = """
#!/bin/sh
# Each minute, by cron or a timer; authority.pem is the node's own (keys/authority.pem).
set -eu
umask 077
fetch() {{
  curl --fail --silent --show-error --compressed --cacert authority.pem --user {id}:{secret} \\
    --etag-save "$2.etag.new" --etag-compare "$2.etag" --output "$2.new" "{url}$1"
  if [ -s "$2.new" ]; then mv "$2.new" "$2"; mv "$2.etag.new" "$2.etag"; fi
}}
"""

_SAID = {
    Program.BIND: """
// named.conf. Without min-update-interval 0, BIND waits 60 seconds between two editions.
key "{id}." {{ algorithm hmac-sha256; secret "{key}"; }};
zone "{zone}" {{
  type secondary; file "{zone}.db";
  primaries {{ {host} port {port} key "{id}."; }};
  allow-notify {{ key "{id}."; }}; allow-query {{ none; }};
}};
// and within options:
//   response-policy {{ zone "{zone}" min-update-interval 0; }} qname-wait-recurse no;
""",
    Program.UNBOUND: """
# unbound.conf. Unbound knows no TSIG: this node knows it by its address alone. Keep the way between them your own.
server:
  module-config: "respip validator iterator"
rpz:
  name: "{zone}."
  primary: {host}@{port}
  allow-notify: {host}
""",
    Program.FIREWALL: """
# An external dynamic list for each of these; user {id}, password {secret}; every five minutes, or as often as it can.
{url}firewall/addresses
{url}firewall/domains
{url}firewall/urls
# Where it wants names without *.name beside them: {url}firewall/names
# Where it wants http:// before URLs: {url}firewall/urls-with-scheme
""",
    Program.SQUID: _FETCH
    + """cd /etc/squid/watchward
for one in domains addresses urls; do fetch "squid/$one" "$one"; done
squid -k parse 2>/dev/null && squid -k reconfigure
# squid.conf, before what allows:
#   acl watchward_domains dstdomain "/etc/squid/watchward/domains"
#   acl watchward_addresses dst "/etc/squid/watchward/addresses"
#   acl watchward_urls url_regex "/etc/squid/watchward/urls"
#   http_access deny watchward_domains
#   http_access deny watchward_addresses
#   http_access deny watchward_urls
""",
    Program.SURICATA: _FETCH
    + """cd /var/lib/suricata/data/watchward
for one in domains addresses md5 sha256; do fetch "suricata/$one.lst" "$one.lst"; done
fetch suricata/dataset-rules watchward.rules
suricatasc -c ruleset-reload-nonblocking
# suricata.yaml: add /var/lib/suricata/data/watchward/watchward.rules to rule-files.
# A rule for each block, instead of data sets: {url}suricata/rules (or suricata/alert-rules, which drop nothing).
""",
    Program.ZEEK: _FETCH
    + """cd /opt/zeek/share/zeek/site/watchward
fetch zeek watchward.intel
# local.zeek; Zeek reads the file again when it changes:
#   @load frameworks/intel/seen
#   redef Intel::read_files += {{ "/opt/zeek/share/zeek/site/watchward/watchward.intel" }};
""",
    Program.DEFENDER: _FETCH
    + """fetch defender indicators.json
# Send them in requests of 500 to POST https://api.security.microsoft.com/api/indicators/import, with a token of an
# application that holds Ti.ReadWrite. A tenant holds 15,000 indicators; those with an end go by themselves, and
# what is lifted earlier is to be deleted: it is in Defender and no longer here (title "Watchward: ...").
""",
    Program.STIX: """
# A bundle of STIX 2.1, user {id}, password {secret}:
{url}stix
""",
}
