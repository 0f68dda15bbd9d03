"""Who gets what: every address of the console, one line each. `test_walk.py` holds the console to it.

A new page or API route needs a line here, or the walk fails and prints one to begin with:

    Page("GET devices/<uuid:key>/", Permission.DEVICE_VIEW, at="devices/{device}/")

`needs` is the permission that opens it, over the organisation of what is shown; or ANYONE, or SIGNED_IN for what
belongs to whoever asks. `at` is a concrete address, with things of the inside organisation filled in from `World`. A
list, which shows each only what is theirs, says in `shows` what must stand on it for those who may see it and must not
for others. `node=True` is for what concerns the node as a whole; `anywhere=True` for what a permission opens wherever
it is held, with an answer that is scoped by itself and tested beside it. What is posted has to be valid, so that a
refusal can only come from the permission: whoever may is answered without an error, but for those in `errors`.
`leads=True` is for a form that comes again for whoever may not, and leads on whoever may.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from watchward.access.permissions import Permission
from watchward.link.code import make


class Open(Enum):
    """Who needs no permission."""

    ANYONE = "anyone"
    SIGNED_IN = "signed in"


ANYONE, SIGNED_IN = Open.ANYONE, Open.SIGNED_IN


@dataclass(frozen=True)
class Page:
    """One method of one route, and who may use it."""

    route: str
    needs: Permission | Open
    at: str = ""
    shows: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    node: bool = False
    anywhere: bool = False
    leads: bool = False
    errors: frozenset[int] = frozenset()

    @property
    def method(self):
        return self.route.partition(" ")[0]

    @property
    def pattern(self):
        return self.route.partition(" ")[2]

    @property
    def address(self):
        return "/" + (self.at or self.pattern)


NONE = frozenset({404})
"""There is no such thing here, which is all that this table can show of it."""

NOT_MINE = frozenset({403, 404})
"""Somebody else asked, who alone may do this, or whoever has the role over the whole node."""

WRONG = frozenset({400})
QUESTION = {
    "title": "Has it run?",
    "purpose": "A walk",
    "form": "sql",
    "text": "SELECT device FROM events",
    "days": "7",
}
ROLE = {"role": "auditor", "organisation": "{organisation}"}
SAID = {
    "use": "0",
    "field-0": "Image",
    "how-0": "ends",
    "text-0": "exe",
    "place": "device",
    "days": "30",
    "reason": "It is",
}
NORMAL = {
    "asks": [{"field": "Image", "how": "ends", "text": "exe"}],
    "place": "device",
}
NUMBER = "service/gp_appointments/spare"
ADVISORY = {
    "area": "{organisation}",
    "number": "CC-9000",
    "title": "Bell 2 lets strangers in",
    "severity": "high",
    "plain": "Ask your supplier.",
    "what": "A flaw.",
    "action_0": "Install the update",
    "by_0": "2099-12-01",
    "kinds": "trust",
}
SAYS = {
    "number": "CC-9000",
    "title": "Bell 2 lets strangers in",
    "severity": "high",
    "plain": "Ask your supplier.",
    "what": "A flaw.",
    "actions": [{"text": "Install the update", "by": "2099-12-01T17:00:00Z"}],
    "whom": {"area": "{organisation}", "kinds": ["trust"]},
}
HUNT = {"sql": "SELECT 1", "purpose": "A walk"}
BLOCKED = {"kind": "domain", "value": "walked.example", "why": "A walk"}
INVITED = {"name": "A node", "organisation": "{organisation}", "days": "3"}
JOINED = {"code": make("https://region.example", parent="ab12cd34", until=datetime(2099, 1, 1, tzinfo=UTC)).text}
LIMITS = {"things": "10", "megabytes": "1", "bytes": "1000", "reason": "A walk"}
WHY = {"reason": "A walk"}
READ = {
    "name": "A neighbour",
    "kind": "taxii",
    "url": "https://taxii.example/api/collections/2/",
    "collection": "{collection}",
    "minutes": "5",
}
CONTROL = {"organisation": "{organisation}", "name": "A firewall", "program": "firewall"}
EXCEPTED = {"kind": "domain", "value": "walked.example", "reason": "A walk"}
PERSON = {"email": "new@watchward.example", "name": "New Person"}

PAGES = [
    Page("GET ", SIGNED_IN),
    # Accounts
    Page("GET account/", SIGNED_IN),
    Page("GET account/authenticator-app/add/", SIGNED_IN),
    Page("POST account/authenticator-app/add/", SIGNED_IN, data={"code": "000000"}),
    Page("GET account/authenticator-app/remove/", SIGNED_IN),
    Page("POST account/authenticator-app/remove/", SIGNED_IN),
    Page("GET account/confirm/code/", SIGNED_IN),
    Page("POST account/confirm/code/", SIGNED_IN, data={"code": "000000"}),
    Page("GET account/confirm/passkey/", SIGNED_IN),
    Page("POST account/confirm/passkey/", SIGNED_IN),
    Page("GET account/confirm/password/", SIGNED_IN),
    Page("POST account/confirm/password/", SIGNED_IN, data={"password": "wrong"}),
    Page("GET account/disabled/", ANYONE),
    Page("GET account/forgotten-password/", ANYONE),
    Page("POST account/forgotten-password/", ANYONE, data={"email": "someone@watchward.example"}),
    Page("GET account/link/<str:secret>/", ANYONE, at="account/link/no-such-link/", errors=WRONG),
    Page("POST account/link/<str:secret>/", ANYONE, at="account/link/no-such-link/", errors=WRONG),
    Page("POST account/lost-authenticator/", ANYONE),
    Page("GET account/passkeys/", SIGNED_IN),
    Page("GET account/passkeys/<int:pk>/remove/", SIGNED_IN, at="account/passkeys/0/remove/"),
    Page("POST account/passkeys/<int:pk>/remove/", SIGNED_IN, at="account/passkeys/0/remove/"),
    Page("GET account/passkeys/add/", SIGNED_IN),
    Page("POST account/passkeys/add/", SIGNED_IN),
    Page("GET account/password/", SIGNED_IN),
    Page("POST account/password/", SIGNED_IN, data={"oldpassword": "wrong"}),
    Page("GET account/second-step/", ANYONE),
    Page("POST account/second-step/", ANYONE, data={"code": "000000"}),
    Page("GET account/set-up/", SIGNED_IN),
    Page("POST account/set-up/", SIGNED_IN),
    Page("GET account/sign-in/", ANYONE),
    Page("POST account/sign-in/", ANYONE, data={"login": "someone@watchward.example", "password": "wrong"}),
    Page("GET account/sign-in/passkey/", ANYONE),
    Page("POST account/sign-in/passkey/", ANYONE),
    Page("GET account/sign-out/", ANYONE),
    Page("POST account/sign-out/", ANYONE),
    Page("GET account/tokens/", SIGNED_IN),
    Page("GET account/tokens/requests/", SIGNED_IN, shows="Acknowledge or close several alerts"),
    Page("POST account/tokens/", SIGNED_IN, data={"name": "export", "days": "30"}),
    Page("POST account/tokens/<int:key>/withdraw/", SIGNED_IN, at="account/tokens/{token}/withdraw/"),
    # People and the audit log
    Page("GET audit/", Permission.AUDIT_VIEW, shows="gave Inside Person the role"),
    Page("GET node/", Permission.NODE_VIEW, node=True),
    Page("GET people/", Permission.USER_VIEW, shows="Inside Person"),
    Page("GET people/<int:pk>/", Permission.USER_VIEW, at="people/{person}/"),
    Page("POST people/<int:pk>/link/", Permission.USER_INVITE, at="people/{person}/link/"),
    Page(
        "POST people/<int:pk>/recovery/",
        Permission.RECOVERY_APPROVE,
        at="people/{person}/recovery/",
        data={"code": "{code}"},
    ),
    Page(
        "GET people/<int:pk>/roles/<int:post>/withdraw/",
        Permission.USER_VIEW,
        at="people/{person}/roles/{post}/withdraw/",
    ),
    Page(
        "POST people/<int:pk>/roles/<int:post>/withdraw/",
        Permission.POST_GIVE,
        at="people/{person}/roles/{post}/withdraw/",
    ),
    Page("GET people/<int:pk>/roles/give/", Permission.POST_GIVE, at="people/{person}/roles/give/"),
    Page("POST people/<int:pk>/roles/give/", Permission.POST_GIVE, at="people/{person}/roles/give/", data=ROLE),
    Page("POST people/<int:pk>/switch/", Permission.USER_MANAGE, at="people/{person}/switch/"),
    Page("GET people/invite/", Permission.USER_INVITE, anywhere=True),
    Page("POST people/invite/", Permission.USER_INVITE, data=PERSON | ROLE),
    # Blocks
    Page("GET blocks/", Permission.BLOCK_VIEW, shows="inside.example"),
    Page("GET blocks/<int:key>/", Permission.BLOCK_VIEW, at="blocks/{block}/"),
    Page("POST blocks/<int:key>/check/", Permission.BLOCK_PROPOSE, at="blocks/{block}/check/"),
    Page(
        "POST blocks/<int:key>/decide/",
        Permission.BLOCK_DECIDE,
        at="blocks/{block}/decide/",
        data={"step": "agree", "why": "Seen"},
        errors=WRONG,
    ),
    Page(
        "POST blocks/<int:key>/fails/",
        Permission.BLOCK_REPORT,
        at="blocks/{block}/fails/",
        data={"organisation": "{organisation}", "what": "The laboratory"},
    ),
    Page(
        "POST blocks/<int:key>/lift/",
        Permission.BLOCK_STOP,
        at="blocks/{block}/lift/",
        data={"why": "Ours"},
        errors=WRONG,
    ),
    Page("GET blocks/exceptions/", Permission.BLOCK_VIEW, shows="inside.exception.example"),
    Page("POST blocks/exceptions/", Permission.BLOCK_DECIDE, data=EXCEPTED | {"organisation": "{organisation}"}),
    Page("POST blocks/exceptions/<int:key>/end/", Permission.BLOCK_DECIDE, at="blocks/exceptions/{excepted}/end/"),
    Page("GET blocks/new/", Permission.BLOCK_PROPOSE, anywhere=True),
    Page("POST blocks/new/", Permission.BLOCK_PROPOSE, data=BLOCKED | {"organisation": "{organisation}"}, errors=WRONG),
    Page("GET blocks/policies/", Permission.BLOCK_VIEW, anywhere=True),
    Page("GET blocks/policies/<str:code>/", Permission.BLOCK_VIEW, at="blocks/policies/{organisation}/"),
    Page(
        "POST blocks/policies/<str:code>/",
        Permission.BLOCK_DECIDE,
        at="blocks/policies/{organisation}/",
        data={"decided": "yes", "check_first": "yes"},
    ),
    Page("GET blocks/switch/", Permission.BLOCK_VIEW, anywhere=True),
    Page("POST blocks/switch/", Permission.BLOCK_STOP, node=True, data={"why": "A walk"}),
    Page("GET api/v1/blocks", Permission.BLOCK_VIEW, shows="inside.example"),
    Page(
        "POST api/v1/blocks", Permission.BLOCK_PROPOSE, data=BLOCKED | {"organisation": "{organisation}"}, errors=WRONG
    ),
    Page("GET api/v1/blocks/<key>", Permission.BLOCK_VIEW, at="api/v1/blocks/{block}"),
    Page("POST api/v1/blocks/<key>/check", Permission.BLOCK_PROPOSE, at="api/v1/blocks/{block}/check"),
    Page(
        "POST api/v1/blocks/<key>/decide",
        Permission.BLOCK_DECIDE,
        at="api/v1/blocks/{block}/decide",
        data={"step": "agree", "why": "Seen"},
        errors=WRONG,
    ),
    Page(
        "POST api/v1/blocks/<key>/fails",
        Permission.BLOCK_REPORT,
        at="api/v1/blocks/{block}/fails",
        data={"organisation": "{organisation}", "what": "The laboratory"},
    ),
    Page(
        "POST api/v1/blocks/<key>/lift",
        Permission.BLOCK_STOP,
        at="api/v1/blocks/{block}/lift",
        data={"why": "Ours"},
        errors=WRONG,
    ),
    Page("GET api/v1/blocks/exceptions", Permission.BLOCK_VIEW, shows="inside.exception.example"),
    Page("POST api/v1/blocks/exceptions", Permission.BLOCK_DECIDE, data=EXCEPTED | {"organisation": "{organisation}"}),
    Page(
        "POST api/v1/blocks/exceptions/<key>/end", Permission.BLOCK_DECIDE, at="api/v1/blocks/exceptions/{excepted}/end"
    ),
    Page("GET api/v1/blocks/policies", Permission.BLOCK_VIEW, anywhere=True),
    Page("GET api/v1/blocks/policies/<code>", Permission.BLOCK_VIEW, at="api/v1/blocks/policies/{organisation}"),
    Page(
        "POST api/v1/blocks/policies/<code>",
        Permission.BLOCK_DECIDE,
        at="api/v1/blocks/policies/{organisation}",
        data={"decided": True},
    ),
    Page("GET api/v1/blocks/switch", Permission.BLOCK_VIEW, anywhere=True),
    Page("POST api/v1/blocks/switch", Permission.BLOCK_STOP, node=True, data={"thrown": True, "why": "A walk"}),
    # Links
    Page("GET links/", Permission.LINK_VIEW, shows="Inside node"),
    Page("GET links/left/", Permission.LINK_VIEW, shows="Inside left"),
    Page("GET links/came/", Permission.LINK_VIEW, shows="Inside refusal"),
    Page("GET links/invite/", Permission.LINK_MANAGE, anywhere=True),
    Page("POST links/invite/", Permission.LINK_MANAGE, shows="I have copied it", data=INVITED),
    Page("POST links/codes/<int:key>/withdraw/", Permission.LINK_MANAGE, at="links/codes/{link_code}/withdraw/"),
    Page("GET links/join/", Permission.LINK_MANAGE, node=True),
    Page("POST links/join/", Permission.LINK_MANAGE, node=True, data=JOINED),
    Page("POST api/v1/links/join/look", Permission.LINK_MANAGE, node=True, data=JOINED),
    Page("POST api/v1/links/join", Permission.LINK_MANAGE, node=True, data={"code": "none"}, errors=WRONG),
    Page("GET links/key/", Permission.LINK_MANAGE, node=True),
    Page("POST links/key/", Permission.LINK_MANAGE, node=True),
    Page("GET links/<int:key>/", Permission.LINK_VIEW, at="links/{link}/"),
    Page("POST links/<int:key>/policy/", Permission.LINK_MANAGE, at="links/{link}/policy/"),
    Page("POST links/<int:key>/limit/", Permission.LINK_MANAGE, at="links/{link}/limit/", data=LIMITS),
    Page("POST links/<int:key>/tell/", Permission.LINK_MANAGE, at="links/{link}/tell/"),
    Page("POST links/<int:key>/ask/", Permission.LINK_MANAGE, at="links/{link}/ask/"),
    Page("GET links/<int:key>/withdraw/", Permission.LINK_MANAGE, at="links/{link}/withdraw/"),
    Page("POST links/<int:key>/withdraw/", Permission.LINK_MANAGE, at="links/{link}/withdraw/", data=WHY),
    Page("GET links/<int:key>/end/", Permission.LINK_MANAGE, at="links/{link}/end/"),
    Page("POST links/<int:key>/end/", Permission.LINK_MANAGE, at="links/{link}/end/", data=WHY),
    Page("GET api/v1/links", Permission.LINK_VIEW, shows="Inside node"),
    Page("GET api/v1/links/left", Permission.LINK_VIEW, shows="Inside left"),
    Page("GET api/v1/links/came", Permission.LINK_VIEW, shows="Inside came"),
    Page("GET api/v1/links/refused", Permission.LINK_VIEW, shows="Inside refusal"),
    Page("GET api/v1/links/codes", Permission.LINK_VIEW, shows="Inside code"),
    Page("POST api/v1/links/codes", Permission.LINK_MANAGE, data=INVITED),
    Page(
        "POST api/v1/links/codes/<key>/withdraw", Permission.LINK_MANAGE, at="api/v1/links/codes/{link_code}/withdraw"
    ),
    Page("GET api/v1/links/key", Permission.LINK_MANAGE, node=True),
    Page("POST api/v1/links/key", Permission.LINK_MANAGE, node=True),
    Page("GET api/v1/links/<key>", Permission.LINK_VIEW, at="api/v1/links/{link}"),
    Page("GET api/v1/links/<key>/heads", Permission.LINK_VIEW, at="api/v1/links/{link}/heads"),
    Page("GET api/v1/links/<key>/sent", Permission.LINK_VIEW, at="api/v1/links/{link}/sent"),
    Page(
        "POST api/v1/links/<key>/policy",
        Permission.LINK_MANAGE,
        at="api/v1/links/{link}/policy",
        data={"lets_out": {}},
    ),
    Page("POST api/v1/links/<key>/limit", Permission.LINK_MANAGE, at="api/v1/links/{link}/limit", data=LIMITS),
    Page("POST api/v1/links/<key>/tell", Permission.LINK_MANAGE, at="api/v1/links/{link}/tell"),
    Page("POST api/v1/links/<key>/ask", Permission.LINK_MANAGE, at="api/v1/links/{link}/ask"),
    Page("POST api/v1/links/<key>/withdraw", Permission.LINK_MANAGE, at="api/v1/links/{link}/withdraw", data=WHY),
    Page("POST api/v1/links/<key>/end", Permission.LINK_MANAGE, at="api/v1/links/{link}/end", data=WHY),
    # The estate
    Page("GET organisations/", Permission.ORGANISATION_VIEW, shows="Inside Trust"),
    Page("GET organisations/<str:code>/", Permission.ORGANISATION_VIEW, at="organisations/{organisation}/"),
    Page("GET devices/", Permission.DEVICE_VIEW, shows="WS-INSIDE"),
    Page("GET devices/<uuid:key>/", Permission.DEVICE_VIEW, at="devices/{device}/"),
    Page(
        "POST devices/<uuid:key>/",
        Permission.DEVICE_MARK,
        at="devices/{device}/",
        data={"importance": "3", "reason": "It keeps a ward running"},
    ),
    # Controls
    Page("GET controls/", Permission.CONTROL_VIEW, shows="Inside resolver"),
    Page("GET controls/new/", Permission.CONTROL_MANAGE, anywhere=True),
    Page("POST controls/new/", Permission.CONTROL_MANAGE, shows="I have copied it", data=CONTROL),
    Page("GET controls/<str:key>/", Permission.CONTROL_VIEW, at="controls/{control}/"),
    Page("GET controls/<str:key>/disable/", Permission.CONTROL_MANAGE, at="controls/{control}/disable/"),
    Page("POST controls/<str:key>/disable/", Permission.CONTROL_MANAGE, at="controls/{control}/disable/"),
    Page("POST controls/<str:key>/enable/", Permission.CONTROL_MANAGE, at="controls/{control}/enable/"),
    Page("GET controls/<str:key>/renew/", Permission.CONTROL_MANAGE, at="controls/{control}/renew/"),
    Page("POST controls/<str:key>/renew/", Permission.CONTROL_MANAGE, at="controls/{control}/renew/"),
    Page("GET api/v1/controls", Permission.CONTROL_VIEW, shows="Inside resolver"),
    Page("POST api/v1/controls", Permission.CONTROL_MANAGE, data=CONTROL),
    Page("GET api/v1/controls/<key>", Permission.CONTROL_VIEW, at="api/v1/controls/{control}"),
    Page("POST api/v1/controls/<key>/renew", Permission.CONTROL_MANAGE, at="api/v1/controls/{control}/renew"),
    Page("POST api/v1/controls/<key>/disable", Permission.CONTROL_MANAGE, at="api/v1/controls/{control}/disable"),
    Page("POST api/v1/controls/<key>/enable", Permission.CONTROL_MANAGE, at="api/v1/controls/{control}/enable"),
    # Intelligence
    Page("GET intelligence/", Permission.INTEL_VIEW, shows="Inside collection"),
    Page(
        "GET intelligence/collections/<uuid:key>/",
        Permission.INTEL_VIEW,
        at="intelligence/collections/{collection}/",
    ),
    Page("GET intelligence/collections/new/", Permission.INTEL_MANAGE, anywhere=True),
    Page(
        "POST intelligence/collections/new/",
        Permission.INTEL_MANAGE,
        data={"organisation": "{organisation}", "title": "Walked", "unmarked": "green"},
        leads=True,
    ),
    Page(
        "GET intelligence/collections/<uuid:key>/open/",
        Permission.INTEL_MANAGE,
        at="intelligence/collections/{collection}/open/",
    ),
    Page(
        "POST intelligence/collections/<uuid:key>/open/",
        Permission.INTEL_MANAGE,
        at="intelligence/collections/{collection}/open/",
        data={"who": "all", "what": "read", "step": "look"},
    ),
    Page(
        "GET intelligence/collections/<uuid:key>/retire/",
        Permission.INTEL_MANAGE,
        at="intelligence/collections/{collection}/retire/",
    ),
    Page(
        "POST intelligence/collections/<uuid:key>/retire/",
        Permission.INTEL_MANAGE,
        at="intelligence/collections/{collection}/retire/",
        data=WHY,
    ),
    Page(
        "GET intelligence/collections/<uuid:key>/restore/",
        Permission.INTEL_MANAGE,
        at="intelligence/collections/{collection}/restore/",
    ),
    Page(
        "POST intelligence/collections/<uuid:key>/restore/",
        Permission.INTEL_MANAGE,
        at="intelligence/collections/{collection}/restore/",
        data=WHY,
    ),
    Page("GET intelligence/groups/", Permission.INTEL_VIEW, shows="Inside group"),
    Page("GET intelligence/groups/new/", Permission.INTEL_MANAGE, node=True),
    Page("POST intelligence/groups/new/", Permission.INTEL_MANAGE, node=True, data={"name": "Walked", "step": "look"}),
    Page("GET intelligence/groups/<int:key>/", Permission.INTEL_VIEW, at="intelligence/groups/{sharing_group}/"),
    Page(
        "GET intelligence/groups/<int:key>/change/",
        Permission.INTEL_MANAGE,
        at="intelligence/groups/{sharing_group}/change/",
        node=True,
    ),
    Page(
        "POST intelligence/groups/<int:key>/change/",
        Permission.INTEL_MANAGE,
        at="intelligence/groups/{sharing_group}/change/",
        node=True,
        data={"members": "{organisation}", "step": "look"},
    ),
    Page("GET api/v1/intelligence/collections", Permission.INTEL_VIEW, shows="Inside collection"),
    Page(
        "POST api/v1/intelligence/collections",
        Permission.INTEL_MANAGE,
        data={"organisation": "{organisation}", "title": "Walked"},
    ),
    Page(
        "GET api/v1/intelligence/collections/<key>",
        Permission.INTEL_VIEW,
        at="api/v1/intelligence/collections/{collection}",
    ),
    Page(
        "GET api/v1/intelligence/collections/<key>/widening",
        Permission.INTEL_MANAGE,
        at="api/v1/intelligence/collections/{collection}/widening",
    ),
    Page(
        "POST api/v1/intelligence/collections/<key>/open",
        Permission.INTEL_MANAGE,
        at="api/v1/intelligence/collections/{collection}/open",
        data={"organisation": "{organisation}"},
    ),
    Page(
        "POST api/v1/intelligence/collections/<key>/retire",
        Permission.INTEL_MANAGE,
        at="api/v1/intelligence/collections/{collection}/retire",
        data=WHY,
    ),
    Page(
        "POST api/v1/intelligence/collections/<key>/restore",
        Permission.INTEL_MANAGE,
        at="api/v1/intelligence/collections/{collection}/restore",
        data=WHY,
    ),
    Page("GET api/v1/intelligence/groups", Permission.INTEL_VIEW, shows="Inside group"),
    Page(
        "GET api/v1/intelligence/groups/widening",
        Permission.INTEL_MANAGE,
        at="api/v1/intelligence/groups/widening?name=Walked&members={organisation}",
        node=True,
    ),
    Page(
        "POST api/v1/intelligence/groups",
        Permission.INTEL_MANAGE,
        node=True,
        data={"name": "Walked", "members": ["{organisation}"]},
    ),
    Page(
        "GET api/v1/intelligence/groups/<key>",
        Permission.INTEL_VIEW,
        at="api/v1/intelligence/groups/{sharing_group}",
    ),
    Page("GET intelligence/keys/new/", Permission.INTEL_MANAGE, anywhere=True),
    Page(
        "POST intelligence/keys/new/",
        Permission.INTEL_MANAGE,
        shows="I have copied it",
        data={"organisation": "{organisation}", "name": "A firewall", "read": ["{collection}"]},
    ),
    Page(
        "GET intelligence/keys/<int:key>/withdraw/",
        Permission.INTEL_MANAGE,
        at="intelligence/keys/{client}/withdraw/",
    ),
    Page(
        "POST intelligence/keys/<int:key>/withdraw/",
        Permission.INTEL_MANAGE,
        at="intelligence/keys/{client}/withdraw/",
    ),
    Page("GET intelligence/objects/", Permission.INTEL_VIEW, shows="Inside indicator"),
    Page("GET intelligence/objects/<int:key>/", Permission.INTEL_VIEW, at="intelligence/objects/{intel_object}/"),
    Page("GET intelligence/sources/new/", Permission.INTEL_MANAGE, anywhere=True),
    Page("POST intelligence/sources/new/", Permission.INTEL_MANAGE, leads=True, data=READ),
    Page(
        "POST intelligence/sources/<int:key>/try/",
        Permission.INTEL_MANAGE,
        at="intelligence/sources/{intel_source}/try/",
    ),
    Page("GET api/v1/intelligence/sources", Permission.INTEL_VIEW, shows="Inside neighbour"),
    Page("POST api/v1/intelligence/sources", Permission.INTEL_MANAGE, data=READ),
    Page(
        "GET api/v1/intelligence/sources/<key>", Permission.INTEL_VIEW, at="api/v1/intelligence/sources/{intel_source}"
    ),
    Page(
        "POST api/v1/intelligence/sources/<key>/try",
        Permission.INTEL_MANAGE,
        at="api/v1/intelligence/sources/{intel_source}/try",
    ),
    Page(
        "POST api/v1/intelligence/sources/<key>/switch",
        Permission.INTEL_MANAGE,
        at="api/v1/intelligence/sources/{intel_source}/switch",
        data={"enabled": False},
    ),
    Page(
        "POST api/v1/intelligence/sources/<key>/judge",
        Permission.INTEL_MANAGE,
        at="api/v1/intelligence/sources/{intel_source}/judge",
        data={"what": "B", "because": "A walk"},
    ),
    Page("GET intelligence/sources/<int:key>/", Permission.INTEL_VIEW, at="intelligence/sources/{intel_source}/"),
    Page(
        "POST intelligence/sources/<int:key>/judge/",
        Permission.INTEL_MANAGE,
        at="intelligence/sources/{intel_source}/judge/",
        data={"what": "B", "because": "A walk"},
    ),
    Page(
        "POST intelligence/sources/<int:key>/switch/",
        Permission.INTEL_MANAGE,
        at="intelligence/sources/{intel_source}/switch/",
        data={"enabled": "no"},
    ),
    Page("GET sources/", Permission.SOURCE_VIEW, shows="Inside Collector"),
    Page("GET sources/<str:key>/", Permission.SOURCE_VIEW, at="sources/{source}/"),
    Page("GET sources/<str:key>/disable/", Permission.SOURCE_VIEW, at="sources/{source}/disable/"),
    Page("POST sources/<str:key>/disable/", Permission.SOURCE_MANAGE, at="sources/{source}/disable/"),
    Page("POST sources/<str:key>/enable/", Permission.SOURCE_MANAGE, at="sources/{source}/enable/"),
    Page(
        "GET sources/<str:key>/keys/<str:key_id>/withdraw/",
        Permission.SOURCE_VIEW,
        at="sources/{source}/keys/{credential}/withdraw/",
    ),
    Page(
        "POST sources/<str:key>/keys/<str:key_id>/withdraw/",
        Permission.SOURCE_MANAGE,
        at="sources/{source}/keys/{credential}/withdraw/",
    ),
    Page("GET sources/<str:key>/rotate/", Permission.SOURCE_VIEW, at="sources/{source}/rotate/"),
    Page("POST sources/<str:key>/rotate/", Permission.SOURCE_MANAGE, at="sources/{source}/rotate/"),
    Page("GET sources/<str:key>/lateness/", Permission.SOURCE_VIEW, at="sources/{source}/lateness/"),
    Page(
        "POST sources/<str:key>/lateness/",
        Permission.SOURCE_MANAGE,
        at="sources/{source}/lateness/",
        data={"minutes": "90"},
    ),
    Page("GET sources/authority.pem", SIGNED_IN),
    Page("GET sources/new/", SIGNED_IN),
    Page(
        "POST sources/new/",
        Permission.SOURCE_MANAGE,
        shows="I have copied it",
        data={"organisation": "{organisation}", "name": "A new one", "shipper": "winlogbeat"},
    ),
    # The map of care
    Page("GET organisations/<str:code>/care/", Permission.CARE_VIEW, at="organisations/{organisation}/care/"),
    Page(
        "GET organisations/<str:code>/care/map/<str:form>/",
        Permission.CARE_VIEW,
        at="organisations/{organisation}/care/map/json/",
    ),
    Page(
        "GET organisations/<str:code>/care/bring/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/bring/",
    ),
    Page(
        "POST organisations/<str:code>/care/bring/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/bring/",
    ),
    Page(
        "GET organisations/<str:code>/care/change/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/change/?table=services",
    ),
    Page(
        "POST organisations/<str:code>/care/change/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/change/?table=equipment",
        data={"name": "SRV-WALK", "reason": "A walk"},
    ),
    Page(
        "POST organisations/<str:code>/care/confirm/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/confirm/",
        data={"reason": "A walk"},
    ),
    Page(
        "GET organisations/<str:code>/care/remove/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/remove/?table=systems&key={organisation}/email",
    ),
    Page(
        "POST organisations/<str:code>/care/remove/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/remove/?table=systems&key={organisation}/email",
        data={"reason": "A walk"},
    ),
    Page("GET api/v1/organisations/<code>/care", Permission.CARE_VIEW, at="api/v1/organisations/{organisation}/care"),
    Page(
        "POST api/v1/organisations/<code>/care",
        Permission.CARE_REFINE,
        at="api/v1/organisations/{organisation}/care",
        data={"map": {"version": 1}, "reason": "A walk"},
    ),
    Page(
        "POST api/v1/organisations/<code>/care/confirm",
        Permission.CARE_REFINE,
        at="api/v1/organisations/{organisation}/care/confirm",
        data={"reason": "A walk"},
    ),
    Page(
        "POST api/v1/organisations/<code>/care/remove",
        Permission.CARE_REFINE,
        at="api/v1/organisations/{organisation}/care/remove",
        data={"table": "systems", "key": "{organisation}/email", "reason": "A walk"},
    ),
    Page(
        "GET organisations/<str:code>/care/carriers/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/carriers/?key={organisation}/email",
    ),
    Page(
        "POST organisations/<str:code>/care/carriers/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/carriers/?key={organisation}/email",
        data={"others": "SRV-1", "reason": "A walk"},
    ),
    Page(
        "GET organisations/<str:code>/care/devices/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/devices/",
    ),
    Page(
        "POST organisations/<str:code>/care/devices/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/devices/",
        data={"reason": "A walk"},
    ),
    Page(
        "GET organisations/<str:code>/care/hosts/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/hosts/",
    ),
    Page(
        "POST organisations/<str:code>/care/hosts/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/hosts/",
        data={"rest": "yes", "reason": "A walk"},
    ),
    Page(
        "GET organisations/<str:code>/care/size/", Permission.CARE_REFINE, at="organisations/{organisation}/care/size/"
    ),
    Page(
        "POST organisations/<str:code>/care/size/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/size/",
        data={"template": "acute_trust", "beds": "300", "reason": "A walk"},
    ),
    Page(
        "GET organisations/<str:code>/care/supplier/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/supplier/",
    ),
    Page(
        "POST organisations/<str:code>/care/supplier/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/supplier/",
        data={"name": "Walk Records", "reason": "A walk"},
    ),
    Page(
        "GET organisations/<str:code>/care/undo/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/undo/",
        errors=NONE,
    ),
    Page(
        "POST organisations/<str:code>/care/undo/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/undo/",
        data={"reason": "A walk"},
        errors=NONE,
    ),
    Page("GET devices/<uuid:key>/carries/", Permission.CARE_REFINE, at="devices/{device}/carries/"),
    Page(
        "POST devices/<uuid:key>/carries/",
        Permission.CARE_REFINE,
        at="devices/{device}/carries/",
        data={"things": "{organisation}/email", "reason": "A walk"},
    ),
    Page("GET care/", Permission.CARE_VIEW, shows="Inside Trust"),
    Page("GET suppliers/", Permission.CARE_VIEW, anywhere=True),
    Page("GET suppliers/<path:key>/", Permission.CARE_VIEW, at="suppliers/none/", anywhere=True, errors=NONE),
    Page(
        "GET suppliers/<path:key>/rename/",
        Permission.CARE_REFINE,
        at="suppliers/none/rename/",
        anywhere=True,
        errors=NONE,
    ),
    Page(
        "POST suppliers/<path:key>/rename/",
        Permission.CARE_REFINE,
        at="suppliers/none/rename/",
        anywhere=True,
        errors=NONE,
    ),
    Page(
        "GET suppliers/<path:key>/remove/",
        Permission.CARE_REFINE,
        at="suppliers/none/remove/",
        anywhere=True,
        errors=NONE,
    ),
    Page(
        "POST suppliers/<path:key>/remove/",
        Permission.CARE_REFINE,
        at="suppliers/none/remove/",
        anywhere=True,
        errors=NONE,
    ),
    *(
        Page(
            f"POST api/v1/suppliers/<path:key>/{step}",
            Permission.CARE_VIEW,  # and care.refine, once there is such a supplier
            at=f"api/v1/suppliers/none/{step}",
            data={"name": "A name", "reason": "A walk"},
            anywhere=True,
            errors=NONE,
        )
        for step in ("rename", "remove", "restore")
    ),
    Page("GET api/v1/care/coverage", Permission.CARE_VIEW, anywhere=True),
    Page("GET api/v1/suppliers", Permission.CARE_VIEW, anywhere=True),
    Page(
        "GET api/v1/suppliers/<path:key>", Permission.CARE_VIEW, at="api/v1/suppliers/none", anywhere=True, errors=NONE
    ),
    Page(
        "GET api/v1/organisations/<code>/care/suggested",
        Permission.CARE_VIEW,
        at="api/v1/organisations/{organisation}/care/suggested",
    ),
    Page(
        "POST api/v1/organisations/<code>/care/arrange",
        Permission.CARE_REFINE,
        at="api/v1/organisations/{organisation}/care/arrange",
        data={"measures": {"beds": 300}, "reason": "A walk"},
    ),
    Page(
        "POST api/v1/organisations/<code>/care/carriers",
        Permission.CARE_REFINE,
        at="api/v1/organisations/{organisation}/care/carriers",
        data={"thing": "{organisation}/email", "devices": ["SRV-1"], "reason": "A walk"},
    ),
    Page(
        "POST api/v1/organisations/<code>/care/supplier",
        Permission.CARE_REFINE,
        at="api/v1/organisations/{organisation}/care/supplier",
        data={"name": "Walk Records", "reason": "A walk"},
    ),
    Page(
        "POST api/v1/organisations/<code>/care/undo",
        Permission.CARE_REFINE,
        at="api/v1/organisations/{organisation}/care/undo",
        data={"reason": "A walk"},
        errors=WRONG,
    ),
    # Rotas, notices and incidents
    Page("GET organisations/<str:code>/rota/", Permission.ROTA_VIEW, at="organisations/{organisation}/rota/"),
    Page(
        "POST organisations/<str:code>/rota/",
        Permission.ROTA_MANAGE,
        at="organisations/{organisation}/rota/",
        data={"tell_from": "3", "disturb_from": "4", "repeat_minutes": "30"},
    ),
    Page(
        "POST organisations/<str:code>/rota/contacts/",
        Permission.ROTA_MANAGE,
        at="organisations/{organisation}/rota/contacts/",
        data={"name": "New", "channel": "email", "address": "new@trust.example"},
    ),
    Page(
        "POST organisations/<str:code>/rota/duties/",
        Permission.ROTA_MANAGE,
        at="organisations/{organisation}/rota/duties/",
        data={"contact": "{contact}", "number": "1", "days": "0123456"},
    ),
    Page("POST rota/contacts/<int:key>/remove/", Permission.ROTA_MANAGE, at="rota/contacts/{contact}/remove/"),
    Page("POST rota/contacts/<int:key>/try/", Permission.ROTA_MANAGE, at="rota/contacts/{contact}/try/"),
    Page("POST rota/duties/<int:key>/remove/", Permission.ROTA_MANAGE, at="rota/duties/{duty}/remove/"),
    Page(
        "POST rota/steps/<int:key>/wait/",
        Permission.ROTA_MANAGE,
        at="rota/steps/{step}/wait/",
        data={"minutes": "20"},
    ),
    Page("GET notices/", Permission.ROTA_VIEW, shows="Inside notice"),
    Page("GET incidents/", Permission.INCIDENT_VIEW, shows="Inside incident"),
    Page("GET incidents/new/", SIGNED_IN),
    Page(
        "POST incidents/new/",
        Permission.INCIDENT_DECLARE,
        leads=True,
        data={"organisation": "{organisation}", "title": "New", "severity": "2"},
    ),
    Page("GET incidents/<int:key>/", Permission.INCIDENT_VIEW, at="incidents/{incident}/"),
    Page(
        "POST incidents/<int:key>/note/",
        Permission.INCIDENT_MANAGE,
        at="incidents/{incident}/note/",
        data={"note": "Seen"},
    ),
    Page(
        "POST incidents/<int:key>/change/",
        Permission.INCIDENT_MANAGE,
        at="incidents/{incident}/change/",
        data={"severity": "4"},
    ),
    Page(
        "POST incidents/<int:key>/people/",
        Permission.INCIDENT_MANAGE,
        at="incidents/{incident}/people/",
        data={"person": "{worker}"},
    ),
    Page(
        "POST incidents/<int:key>/alerts/",
        Permission.INCIDENT_MANAGE,
        at="incidents/{incident}/alerts/",
        data={"alert": "{alert}"},
    ),
    # High severity alerts
    Page("GET advisories/", Permission.ADVISORY_VIEW, shows="Inside advisory"),
    Page("GET advisories/new/", Permission.ADVISORY_ISSUE, anywhere=True),
    Page("POST advisories/new/", Permission.ADVISORY_ISSUE, leads=True, data=ADVISORY),
    Page("GET advisories/<str:number>/", Permission.ADVISORY_VIEW, at="advisories/{advisory}/"),
    Page("GET advisories/<str:number>/change/", Permission.ADVISORY_ISSUE, at="advisories/{draft}/change/"),
    Page(
        "POST advisories/<str:number>/change/",
        Permission.ADVISORY_ISSUE,
        at="advisories/{draft}/change/",
        data=ADVISORY | {"number": "{draft}"},
    ),
    Page("POST advisories/<str:number>/issue/", Permission.ADVISORY_ISSUE, at="advisories/{draft}/issue/"),
    Page("POST advisories/<str:number>/discard/", Permission.ADVISORY_ISSUE, at="advisories/{draft}/discard/"),
    Page(
        "POST advisories/<str:number>/withdraw/",
        Permission.ADVISORY_ISSUE,
        at="advisories/{advisory}/withdraw/",
        data={"reason": "A false alarm"},
    ),
    Page(
        "POST advisories/<str:number>/help/",
        Permission.ADVISORY_HELP,
        at="advisories/{advisory}/help/",
        data={"organisation": "{organisation}", "note": "Ring us"},
    ),
    Page("GET advisories/<str:number>/for/", Permission.ADVISORY_ANSWER_FOR, at="advisories/{advisory}/for/"),
    Page("POST advisories/<str:number>/for/", Permission.ADVISORY_ANSWER_FOR, at="advisories/{advisory}/for/"),
    Page(
        "GET advisories/<str:number>/at/<str:code>/",
        Permission.ADVISORY_VIEW,
        at="advisories/{advisory}/at/{organisation}/",
    ),
    Page(
        "POST advisories/<str:number>/at/<str:code>/",
        Permission.ADVISORY_ANSWER,
        at="advisories/{advisory}/at/{organisation}/",
        data={"step": "finish"},
    ),
    Page("GET advisories/<str:number>/report/", Permission.ADVISORY_VIEW, at="advisories/{advisory}/report/"),
    # Alerts and hunts
    Page("GET alerts/", Permission.ALERT_VIEW, shows="Inside alert"),
    Page("GET alerts/<uuid:key>/", Permission.ALERT_VIEW, at="alerts/{alert}/"),
    Page("POST alerts/<uuid:key>/acknowledge/", Permission.ALERT_HANDLE, at="alerts/{alert}/acknowledge/"),
    Page("POST alerts/<uuid:key>/assign/", Permission.ALERT_HANDLE, at="alerts/{alert}/assign/", data={"assignee": ""}),
    Page("GET alerts/<uuid:key>/close/", Permission.ALERT_VIEW, at="alerts/{alert}/close/"),
    Page(
        "POST alerts/<uuid:key>/close/",
        Permission.ALERT_HANDLE,
        at="alerts/{alert}/close/",
        data={"reason": "expected"},
    ),
    Page(
        "POST alerts/<uuid:key>/note/",
        Permission.ALERT_HANDLE,
        at="alerts/{alert}/note/",
        data={"note": "Looked at it"},
    ),
    Page("POST alerts/<uuid:key>/reopen/", Permission.ALERT_HANDLE, at="alerts/{closed_alert}/reopen/"),
    Page("GET alerts/<uuid:key>/who-else/", Permission.ALERT_VIEW, at="alerts/{alert}/who-else/"),
    Page("GET alerts/<uuid:key>/share/", Permission.INTEL_ADD, at="alerts/{alert}/share/"),
    Page("POST alerts/<uuid:key>/share/", Permission.INTEL_ADD, at="alerts/{alert}/share/", data={"step": "look"}),
    Page(
        "GET alerts/<uuid:key>/share/<uuid:share>/withdraw/",
        Permission.INTEL_ADD,
        at="alerts/{alert}/share/{shared}/withdraw/",
    ),
    Page(
        "POST alerts/<uuid:key>/share/<uuid:share>/withdraw/",
        Permission.INTEL_ADD,
        at="alerts/{alert}/share/{shared}/withdraw/",
    ),
    Page("GET alerts/<uuid:key>/normal/", Permission.RULE_TUNE, at="alerts/{alert}/normal/"),
    Page(
        "POST alerts/<uuid:key>/normal/",
        Permission.RULE_TUNE,
        at="alerts/{alert}/normal/",
        data=SAID | {"step": "look"},
    ),
    Page("GET normal/", Permission.RULE_VIEW, shows="Inside reason"),
    Page("GET normal/<uuid:key>/", Permission.RULE_VIEW, at="normal/{normal}/"),
    Page("POST normal/<uuid:key>/end/", Permission.RULE_TUNE, at="normal/{normal}/end/", data={"reason": "Over"}),
    Page("GET alerts/<uuid:key>/why/", Permission.ALERT_VIEW, at="alerts/{alert}/why/"),
    Page("GET alerts/<uuid:key>/timeline/", Permission.ALERT_VIEW, at="alerts/{alert}/timeline/"),
    Page("POST alerts/steps/", Permission.ALERT_HANDLE, data={"step": "acknowledge", "alert": "{alert}"}),
    Page("GET alerts/stream/", SIGNED_IN),
    Page("GET overview/", Permission.ORGANISATION_VIEW, shows="Inside Trust"),
    Page("GET report/", Permission.ALERT_VIEW, anywhere=True),
    Page("POST report/", Permission.ALERT_VIEW, anywhere=True, leads=True, data={"what": "The clock runs backwards"}),
    Page("GET harm/", Permission.HARM_VIEW, at="harm/?organisation={organisation}"),
    Page("GET harm/parameters/", Permission.HARM_VIEW, anywhere=True),
    Page("GET harm/parameters/own/", Permission.HARM_ASSESS, at=f"harm/parameters/own/?key={NUMBER}", anywhere=True),
    Page(
        "POST harm/parameters/own/",
        Permission.HARM_ASSESS,
        at=f"harm/parameters/own/?key={NUMBER}",
        data={"at": "{organisation}", "value": "0.5", "low": "0.4", "high": "0.6", "reason": "Counted"},
        anywhere=True,
    ),
    Page("GET harm/parameters/own/<int:key>/end/", Permission.HARM_ASSESS, at="harm/parameters/own/{own_number}/end/"),
    Page(
        "POST harm/parameters/own/<int:key>/end/",
        Permission.HARM_ASSESS,
        at="harm/parameters/own/{own_number}/end/",
        data={"reason": "Over"},
    ),
    Page(
        "GET organisations/<str:code>/care/questions/",
        Permission.CARE_VIEW,
        at="organisations/{organisation}/care/questions/",
    ),
    Page(
        "POST organisations/<str:code>/care/questions/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/questions/",
        data={"key": "second {organisation}/network", "unknown": "1"},
    ),
    Page(
        "POST organisations/<str:code>/care/questions/again/",
        Permission.CARE_REFINE,
        at="organisations/{organisation}/care/questions/again/",
        data={"key": "second {organisation}/telephony"},
    ),
    Page("GET harm/ranking/", Permission.HARM_VIEW, at="harm/ranking/?organisation={organisation}"),
    Page("GET harm/paper/", Permission.HARM_VIEW, anywhere=True),
    Page("GET harm/scenarios/", Permission.HARM_VIEW, shows="Inside what-if"),
    Page("GET harm/scenarios/<int:key>/", Permission.HARM_VIEW, at="harm/scenarios/{scenario}/"),
    Page("GET harm/scenarios/<int:key>/change/", Permission.SCENARIO_SAVE, at="harm/scenarios/{scenario}/change/"),
    Page(
        "POST harm/scenarios/<int:key>/change/",
        Permission.SCENARIO_SAVE,
        at="harm/scenarios/{scenario}/change/",
        data={"name": "Another name"},
    ),
    Page("GET harm/scenarios/<int:key>/delete/", Permission.SCENARIO_SAVE, at="harm/scenarios/{scenario}/delete/"),
    Page("POST harm/scenarios/<int:key>/delete/", Permission.SCENARIO_SAVE, at="harm/scenarios/{scenario}/delete/"),
    Page(
        "GET harm/scenarios/save/",
        Permission.SCENARIO_SAVE,
        at="harm/scenarios/save/?down={organisation}&hours=4&organisation={organisation}",
    ),
    Page(
        "POST harm/scenarios/save/",
        Permission.SCENARIO_SAVE,
        at="harm/scenarios/save/?down={organisation}&hours=4&organisation={organisation}",
        data={"name": "A what-if", "organisation": "{organisation}"},
    ),
    Page("GET harm/sensitivity/", Permission.HARM_VIEW, anywhere=True),
    Page("GET harm/sensitivity/table/", Permission.HARM_VIEW, anywhere=True, errors=WRONG),
    Page("GET harm/validation/", Permission.HARM_VIEW, anywhere=True),
    Page("GET harm/what-if/", Permission.HARM_VIEW, anywhere=True),
    Page("GET harm/what-if/compare/", Permission.HARM_VIEW, anywhere=True),
    Page("GET harm/what-if/table/", Permission.HARM_VIEW, anywhere=True, errors=WRONG),
    Page("GET coverage/", Permission.RULE_VIEW, at="coverage/?organisation={organisation}"),
    Page("GET coverage/table.csv", Permission.RULE_VIEW, shows="Inside Trust"),
    Page("GET coverage/layer.json", Permission.RULE_VIEW, at="coverage/layer.json?organisation={organisation}"),
    Page(
        "GET coverage/techniques/<str:key>/",
        Permission.RULE_VIEW,
        at="coverage/techniques/T1059/?organisation={organisation}",
    ),
    Page("GET hunt/", Permission.HUNT_RUN, anywhere=True),
    Page("POST hunt/", Permission.HUNT_RUN, data=HUNT, anywhere=True),
    Page("GET hunts/", Permission.HUNT_RUN, anywhere=True),
    Page("GET hunts/new/", Permission.HUNT_ASK, anywhere=True),
    Page("POST hunts/new/", Permission.HUNT_ASK, data=QUESTION, anywhere=True),
    Page("GET hunts/<str:key>/", Permission.HUNT_RUN, at="hunts/{question}/"),
    Page(
        "POST hunts/<str:key>/withdraw/",
        Permission.HUNT_ASK,
        at="hunts/{question}/withdraw/",
        errors=NOT_MINE,
        anywhere=True,
    ),
    Page("GET hunts/answers/<int:key>/", Permission.HUNT_ANSWER, at="hunts/answers/{hunt_asked}/"),
    Page("GET hunts/answers/<int:key>/rows/", Permission.HUNT_RUN, at="hunts/answers/{hunt_given}/rows/"),
    Page("POST hunts/answers/<int:key>/allow/", Permission.HUNT_ANSWER, at="hunts/answers/{hunt_asked}/allow/"),
    Page(
        "POST hunts/answers/<int:key>/give/",
        Permission.HUNT_ANSWER,
        at="hunts/answers/{hunt_counted}/give/",
        data={"unseen": "yes"},
    ),
    Page(
        "POST hunts/answers/<int:key>/refuse/",
        Permission.HUNT_ANSWER,
        at="hunts/answers/{hunt_asked}/refuse/",
        data={"reason": "A walk"},
    ),
    Page("GET organisations/<str:code>/hunts/", Permission.HUNT_ANSWER, at="organisations/{organisation}/hunts/"),
    Page(
        "POST organisations/<str:code>/hunts/",
        Permission.HUNT_ANSWER,
        at="organisations/{organisation}/hunts/",
        data={"counts": "asked", "people": "asked", "fewest": "5"},
    ),
    Page("GET look-back/", Permission.HUNT_RUN, anywhere=True),
    Page(
        "POST look-back/",
        Permission.HUNT_RUN,
        data={"rule": "{rule}", "days": "7", "organisation": "{organisation}"},
    ),
    Page("GET look-back/<int:key>/", SIGNED_IN, at="look-back/{look_back}/"),
    Page("POST look-back/<int:key>/cancel/", SIGNED_IN, at="look-back/{look_back}/cancel/"),
    Page(
        "GET hunt/why/", Permission.HUNT_RUN, at="hunt/why/?device=WS-1&at=2026-03-01T09:00:00%2B00:00", anywhere=True
    ),
    Page(
        "POST hunt/why/",
        Permission.HUNT_RUN,
        at="hunt/why/?device=WS-1&at=2026-03-01T09:00:00%2B00:00",
        data={"rule": "{rule}"},
        anywhere=True,
    ),
    Page("POST hunt/<int:key>/forget/", SIGNED_IN, at="hunt/{hunt}/forget/"),
    Page("POST hunt/save/", Permission.HUNT_RUN, data={"title": "A question", "sql": "SELECT 1"}, anywhere=True),
    # Rules
    Page("GET rules/", Permission.RULE_VIEW, anywhere=True),
    Page("GET rules/bring/", Permission.RULE_MANAGE, node=True),
    Page("POST rules/bring/", Permission.RULE_MANAGE, node=True),
    Page(
        "POST rules/decide/",
        Permission.RULE_MANAGE,
        node=True,
        data={"rule": "{rule}", "standing": "off", "reason": "A walk"},
    ),
    Page("GET rules/rule/<str:key>/", Permission.RULE_VIEW, at="rules/rule/{rule}/", anywhere=True),
    Page(
        "POST rules/sets/<slug:folder>/restore/",
        Permission.RULE_MANAGE,
        at="rules/sets/release/restore/",
        node=True,
        errors=WRONG,
    ),
    # The API
    Page("GET api/v1/", ANYONE, errors=NONE),
    Page("GET api/v1/openapi.json", ANYONE),
    Page("GET api/v1/audit", Permission.AUDIT_VIEW, shows="gave Inside Person the role"),
    Page("GET api/v1/node", Permission.NODE_VIEW, node=True),
    Page("GET api/v1/people", Permission.USER_VIEW, shows="Inside Person"),
    Page("POST api/v1/people", Permission.USER_INVITE, data=PERSON | ROLE),
    Page("GET api/v1/people/<person>", Permission.USER_VIEW, at="api/v1/people/{person}"),
    Page("POST api/v1/people/<person>/disable", Permission.USER_MANAGE, at="api/v1/people/{person}/disable"),
    Page("POST api/v1/people/<person>/enable", Permission.USER_MANAGE, at="api/v1/people/{person}/enable"),
    Page("POST api/v1/people/<person>/link", Permission.USER_INVITE, at="api/v1/people/{person}/link"),
    Page(
        "POST api/v1/people/<person>/recovery",
        Permission.RECOVERY_APPROVE,
        at="api/v1/people/{person}/recovery",
        data={"code": "{code}"},
    ),
    Page("POST api/v1/people/<person>/roles", Permission.POST_GIVE, at="api/v1/people/{person}/roles", data=ROLE),
    Page(
        "POST api/v1/people/<person>/roles/<post>/withdraw",
        Permission.POST_GIVE,
        at="api/v1/people/{person}/roles/{post}/withdraw",
    ),
    Page("GET api/v1/organisations", Permission.ORGANISATION_VIEW, shows="Inside Trust"),
    Page("GET api/v1/organisations/<code>", Permission.ORGANISATION_VIEW, at="api/v1/organisations/{organisation}"),
    Page("GET api/v1/devices", Permission.DEVICE_VIEW, shows="WS-INSIDE"),
    Page("GET api/v1/devices/<key>", Permission.DEVICE_VIEW, at="api/v1/devices/{device}"),
    Page(
        "POST api/v1/devices/<key>/importance",
        Permission.DEVICE_MARK,
        at="api/v1/devices/{device}/importance",
        data={"importance": 3, "reason": "It keeps a ward running"},
    ),
    Page("GET api/v1/devices/<key>/events", Permission.DEVICE_VIEW, at="api/v1/devices/{device}/events"),
    Page("GET api/v1/authority", SIGNED_IN),
    Page("GET api/v1/sources", Permission.SOURCE_VIEW, shows="Inside Collector"),
    Page("POST api/v1/sources", Permission.SOURCE_MANAGE, data={"organisation": "{organisation}", "name": "A new one"}),
    Page("GET api/v1/sources/<key>", Permission.SOURCE_VIEW, at="api/v1/sources/{source}"),
    Page("POST api/v1/sources/<key>/rotate", Permission.SOURCE_MANAGE, at="api/v1/sources/{source}/rotate"),
    Page(
        "POST api/v1/sources/<key>/lateness",
        Permission.SOURCE_MANAGE,
        at="api/v1/sources/{source}/lateness",
        data={"minutes": 90},
    ),
    Page("POST api/v1/sources/<key>/disable", Permission.SOURCE_MANAGE, at="api/v1/sources/{source}/disable"),
    Page("POST api/v1/sources/<key>/enable", Permission.SOURCE_MANAGE, at="api/v1/sources/{source}/enable"),
    Page(
        "POST api/v1/sources/<key>/keys/<key_id>/withdraw",
        Permission.SOURCE_MANAGE,
        at="api/v1/sources/{source}/keys/{credential}/withdraw",
    ),
    Page("GET api/v1/advisories", Permission.ADVISORY_VIEW, shows="Inside advisory"),
    Page("POST api/v1/advisories", Permission.ADVISORY_ISSUE, data={"says": SAYS}),
    Page("GET api/v1/advisories/<number>", Permission.ADVISORY_VIEW, at="api/v1/advisories/{advisory}"),
    Page("GET api/v1/advisories/<number>/preview", Permission.ADVISORY_ISSUE, at="api/v1/advisories/{draft}/preview"),
    Page(
        "POST api/v1/advisories/<number>/changes",
        Permission.ADVISORY_ISSUE,
        at="api/v1/advisories/{draft}/changes",
        data={"says": SAYS | {"number": "{draft}"}},
    ),
    Page("POST api/v1/advisories/<number>/issue", Permission.ADVISORY_ISSUE, at="api/v1/advisories/{draft}/issue"),
    Page("POST api/v1/advisories/<number>/discard", Permission.ADVISORY_ISSUE, at="api/v1/advisories/{draft}/discard"),
    Page(
        "POST api/v1/advisories/<number>/withdraw",
        Permission.ADVISORY_ISSUE,
        at="api/v1/advisories/{advisory}/withdraw",
        data={"reason": "A false alarm"},
    ),
    Page(
        "POST api/v1/advisories/<number>/help",
        Permission.ADVISORY_HELP,
        at="api/v1/advisories/{advisory}/help",
        data={"organisations": ["{organisation}"], "note": "Ring us"},
    ),
    Page("GET api/v1/advisories/<number>/for", Permission.ADVISORY_ANSWER_FOR, at="api/v1/advisories/{advisory}/for"),
    Page(
        "POST api/v1/advisories/<number>/for",
        Permission.ADVISORY_ANSWER_FOR,
        at="api/v1/advisories/{advisory}/for",
        data={"organisations": ["{organisation}"], "step": "finish", "note": "We run it"},
    ),
    Page(
        "GET api/v1/advisories/<number>/at/<code>",
        Permission.ADVISORY_VIEW,
        at="api/v1/advisories/{advisory}/at/{organisation}",
    ),
    Page(
        "POST api/v1/advisories/<number>/at/<code>",
        Permission.ADVISORY_ANSWER,
        at="api/v1/advisories/{advisory}/at/{organisation}",
        data={"step": "finish"},
    ),
    Page("GET api/v1/advisories/<number>/report", Permission.ADVISORY_VIEW, at="api/v1/advisories/{advisory}/report"),
    Page(
        "GET api/v1/advisories/<number>/report.csv",
        Permission.ADVISORY_VIEW,
        at="api/v1/advisories/{advisory}/report.csv",
    ),
    Page("GET api/v1/incidents", Permission.INCIDENT_VIEW, shows="Inside incident"),
    Page(
        "POST api/v1/incidents",
        Permission.INCIDENT_DECLARE,
        data={"organisation": "{organisation}", "title": "New", "severity": 2},
    ),
    Page("GET api/v1/incidents/<key>", Permission.INCIDENT_VIEW, at="api/v1/incidents/{incident}"),
    Page(
        "POST api/v1/incidents/<key>/changes",
        Permission.INCIDENT_MANAGE,
        at="api/v1/incidents/{incident}/changes",
        data={"severity": 4},
    ),
    Page(
        "POST api/v1/incidents/<key>/notes",
        Permission.INCIDENT_MANAGE,
        at="api/v1/incidents/{incident}/notes",
        data={"note": "Seen"},
    ),
    Page(
        "POST api/v1/incidents/<key>/alerts",
        Permission.INCIDENT_MANAGE,
        at="api/v1/incidents/{incident}/alerts",
        data={"alerts": []},
    ),
    Page(
        "GET api/v1/incidents/<key>/candidates", Permission.INCIDENT_VIEW, at="api/v1/incidents/{incident}/candidates"
    ),
    Page(
        "POST api/v1/incidents/<key>/people",
        Permission.INCIDENT_MANAGE,
        at="api/v1/incidents/{incident}/people",
        data={"person": "{worker_email}"},
    ),
    Page("GET api/v1/alerts/<key>/incident", Permission.ALERT_VIEW, at="api/v1/alerts/{alert}/incident"),
    Page("GET api/v1/organisations/<code>/rota", Permission.ROTA_VIEW, at="api/v1/organisations/{organisation}/rota"),
    Page(
        "POST api/v1/organisations/<code>/rota",
        Permission.ROTA_MANAGE,
        at="api/v1/organisations/{organisation}/rota",
        data={"tell_from": 3, "disturb_from": 4, "repeat_minutes": 30},
    ),
    Page(
        "POST api/v1/organisations/<code>/rota/contacts",
        Permission.ROTA_MANAGE,
        at="api/v1/organisations/{organisation}/rota/contacts",
        data={"name": "New", "channel": "email", "address": "new@trust.example"},
    ),
    Page(
        "POST api/v1/organisations/<code>/rota/duties",
        Permission.ROTA_MANAGE,
        at="api/v1/organisations/{organisation}/rota/duties",
        data={"contact": "{contact}", "number": 1},
    ),
    Page("POST api/v1/rota/contacts/<key>/remove", Permission.ROTA_MANAGE, at="api/v1/rota/contacts/{contact}/remove"),
    Page("POST api/v1/rota/contacts/<key>/try", Permission.ROTA_MANAGE, at="api/v1/rota/contacts/{contact}/try"),
    Page("POST api/v1/rota/duties/<key>/remove", Permission.ROTA_MANAGE, at="api/v1/rota/duties/{duty}/remove"),
    Page(
        "POST api/v1/rota/steps/<key>/wait",
        Permission.ROTA_MANAGE,
        at="api/v1/rota/steps/{step}/wait",
        data={"minutes": 20},
    ),
    Page("GET api/v1/notices", Permission.ROTA_VIEW, shows="Inside notice"),
    Page("GET api/v1/alerts", Permission.ALERT_VIEW, shows="Inside alert"),
    Page("GET api/v1/alerts/news", SIGNED_IN, at="api/v1/alerts/news?since={mark}"),
    Page(
        "POST api/v1/alerts/steps",
        Permission.ALERT_HANDLE,
        data={"step": "close", "alerts": ["{alert}"], "reason": "expected"},
    ),
    Page("GET api/v1/alerts/<key>", Permission.ALERT_VIEW, at="api/v1/alerts/{alert}"),
    Page("POST api/v1/alerts/<key>/acknowledge", Permission.ALERT_HANDLE, at="api/v1/alerts/{alert}/acknowledge"),
    Page(
        "POST api/v1/alerts/<key>/assign",
        Permission.ALERT_HANDLE,
        at="api/v1/alerts/{alert}/assign",
        data={"assignee": None},
    ),
    Page(
        "POST api/v1/alerts/<key>/close",
        Permission.ALERT_HANDLE,
        at="api/v1/alerts/{alert}/close",
        data={"reason": "expected"},
    ),
    Page(
        "POST api/v1/alerts/<key>/notes",
        Permission.ALERT_HANDLE,
        at="api/v1/alerts/{alert}/notes",
        data={"note": "Seen"},
    ),
    Page("GET api/v1/alerts/<key>/ocsf", Permission.ALERT_VIEW, at="api/v1/alerts/{alert}/ocsf"),
    Page("GET api/v1/alerts/<key>/who-else", Permission.ALERT_VIEW, at="api/v1/alerts/{alert}/who-else"),
    Page("GET api/v1/alerts/<key>/share", Permission.INTEL_ADD, at="api/v1/alerts/{alert}/share"),
    Page(
        "POST api/v1/alerts/<key>/share",
        Permission.INTEL_ADD,
        at="api/v1/alerts/{alert}/share",
        data={"collection": "{collection}"},
        errors=WRONG,
    ),
    Page("GET api/v1/alerts/<key>/shares", Permission.ALERT_VIEW, at="api/v1/alerts/{alert}/shares"),
    Page(
        "POST api/v1/alerts/<key>/shares/<shared>/withdraw",
        Permission.INTEL_ADD,
        at="api/v1/alerts/{alert}/shares/{shared}/withdraw",
    ),
    Page("GET api/v1/alerts/<key>/normal", Permission.RULE_TUNE, at="api/v1/alerts/{alert}/normal"),
    Page(
        "POST api/v1/alerts/<key>/normal",
        Permission.RULE_TUNE,
        at="api/v1/alerts/{alert}/normal",
        data=NORMAL | {"reason": "It is"},
    ),
    Page(
        "POST api/v1/alerts/<key>/normal/preview",
        Permission.RULE_TUNE,
        at="api/v1/alerts/{alert}/normal/preview",
        data=NORMAL,
    ),
    Page("GET api/v1/normal", Permission.RULE_VIEW, shows="Inside reason"),
    Page("GET api/v1/normal/<key>", Permission.RULE_VIEW, at="api/v1/normal/{normal}"),
    Page(
        "POST api/v1/normal/<key>/end", Permission.RULE_TUNE, at="api/v1/normal/{normal}/end", data={"reason": "Over"}
    ),
    Page("GET api/v1/alerts/<key>/why", Permission.ALERT_VIEW, at="api/v1/alerts/{alert}/why"),
    Page("GET api/v1/alerts/<key>/timeline", Permission.ALERT_VIEW, at="api/v1/alerts/{alert}/timeline"),
    Page("GET api/v1/alerts/<key>/event", Permission.ALERT_VIEW, at="api/v1/alerts/{alert}/event"),
    Page("GET api/v1/alerts/<key>/others", Permission.ALERT_VIEW, at="api/v1/alerts/{alert}/others"),
    Page("GET api/v1/alerts/<key>/same-device", Permission.ALERT_VIEW, at="api/v1/alerts/{alert}/same-device"),
    Page("GET api/v1/alerts/<key>/assignees", Permission.ALERT_VIEW, at="api/v1/alerts/{alert}/assignees"),
    Page("POST api/v1/alerts/<key>/reopen", Permission.ALERT_HANDLE, at="api/v1/alerts/{closed_alert}/reopen"),
    Page("GET api/v1/rules", SIGNED_IN),
    Page("GET api/v1/rules/<key>", SIGNED_IN, at="api/v1/rules/{rule}", errors=NONE),  # by either of two permissions
    Page("GET api/v1/harm/parameters", Permission.HARM_VIEW, anywhere=True),
    Page("GET api/v1/harm/parameters/own", Permission.HARM_VIEW, anywhere=True),
    Page(
        "POST api/v1/harm/parameters/own",
        Permission.HARM_ASSESS,
        data={
            "key": NUMBER,
            "value": 0.5,
            "low": 0.4,
            "high": 0.6,
            "reason": "Counted",
            "organisation": "{organisation}",
        },
    ),
    Page(
        "POST api/v1/harm/parameters/own/<key>/end",
        Permission.HARM_ASSESS,
        at="api/v1/harm/parameters/own/{own_number}/end",
        data={"reason": "Over"},
    ),
    Page(
        "POST api/v1/organisations/<code>/care/questions/again",
        Permission.CARE_REFINE,
        at="api/v1/organisations/{organisation}/care/questions/again",
        data={"key": "second {organisation}/telephony"},
    ),
    Page(
        "GET api/v1/organisations/<code>/care/questions",
        Permission.CARE_VIEW,
        at="api/v1/organisations/{organisation}/care/questions",
    ),
    Page(
        "POST api/v1/organisations/<code>/care/questions",
        Permission.CARE_REFINE,
        at="api/v1/organisations/{organisation}/care/questions",
        data={"key": "second {organisation}/network", "value": "unknown"},
    ),
    Page("GET api/v1/harm/ranking", Permission.HARM_VIEW, at="api/v1/harm/ranking?organisation={organisation}"),
    Page("GET api/v1/harm/validation", Permission.HARM_VIEW, anywhere=True, errors=NONE),
    Page("GET api/v1/harm/scenarios", Permission.HARM_VIEW, shows="Inside what-if"),
    Page(
        "POST api/v1/harm/scenarios",
        Permission.SCENARIO_SAVE,
        data={"name": "A what-if", "organisation": "{organisation}", "down": ["{organisation}"], "hours": 4},
    ),
    Page("GET api/v1/harm/scenarios/<key>", Permission.HARM_VIEW, at="api/v1/harm/scenarios/{scenario}"),
    Page(
        "POST api/v1/harm/scenarios/<key>/change",
        Permission.SCENARIO_SAVE,
        at="api/v1/harm/scenarios/{scenario}/change",
        data={"name": "Another name"},
    ),
    Page(
        "POST api/v1/harm/scenarios/<key>/delete",
        Permission.SCENARIO_SAVE,
        at="api/v1/harm/scenarios/{scenario}/delete",
    ),
    Page(
        "GET api/v1/harm/sensitivity",
        Permission.HARM_VIEW,
        at="api/v1/harm/sensitivity?hours=4&down={organisation}",
    ),
    Page("GET api/v1/harm/what-if", Permission.HARM_VIEW, at="api/v1/harm/what-if?hours=4&down={organisation}"),
    Page("GET api/v1/coverage", Permission.RULE_VIEW, at="api/v1/coverage?organisation={organisation}"),
    Page("GET api/v1/coverage/table", Permission.RULE_VIEW, shows="Inside Trust"),
    Page("GET api/v1/coverage/layer", Permission.RULE_VIEW, at="api/v1/coverage/layer?organisation={organisation}"),
    Page(
        "GET api/v1/coverage/techniques/<key>",
        Permission.RULE_VIEW,
        at="api/v1/coverage/techniques/T1059?organisation={organisation}",
    ),
    Page("GET api/v1/rules/<key>/life", Permission.RULE_VIEW, at="api/v1/rules/{rule}/life", anywhere=True),
    Page("GET api/v1/rule-sets", Permission.RULE_VIEW, anywhere=True),
    Page("POST api/v1/rule-sets", Permission.RULE_MANAGE, node=True, errors=WRONG),
    Page(
        "POST api/v1/rule-sets/<folder>/restore",
        Permission.RULE_MANAGE,
        at="api/v1/rule-sets/release/restore",
        node=True,
        errors=WRONG,
    ),
    Page("GET api/v1/rule-trials", Permission.RULE_VIEW, anywhere=True),
    Page(
        "POST api/v1/rule-standings",
        Permission.RULE_MANAGE,
        node=True,
        data={"rules": ["{rule}"], "standing": "off", "reason": "A walk"},
    ),
    Page("GET api/v1/hunts/across", Permission.HUNT_RUN, anywhere=True),
    Page("POST api/v1/hunts/across", Permission.HUNT_ASK, data={**QUESTION, "days": 7}, anywhere=True),
    Page("GET api/v1/hunts/across/<key>", Permission.HUNT_RUN, at="api/v1/hunts/across/{question}"),
    Page(
        "POST api/v1/hunts/across/<key>/withdraw",
        Permission.HUNT_ASK,
        at="api/v1/hunts/across/{question}/withdraw",
        errors=NOT_MINE,
        anywhere=True,
    ),
    Page(
        "GET api/v1/hunts/answers/<key>/found", Permission.HUNT_ANSWER, at="api/v1/hunts/answers/{hunt_counted}/found"
    ),
    Page("GET api/v1/hunts/answers/<key>/rows", Permission.HUNT_RUN, at="api/v1/hunts/answers/{hunt_given}/rows"),
    Page("POST api/v1/hunts/answers/<key>/allow", Permission.HUNT_ANSWER, at="api/v1/hunts/answers/{hunt_asked}/allow"),
    Page(
        "POST api/v1/hunts/answers/<key>/give",
        Permission.HUNT_ANSWER,
        at="api/v1/hunts/answers/{hunt_counted}/give",
        data={"unseen": True},
    ),
    Page(
        "POST api/v1/hunts/answers/<key>/refuse",
        Permission.HUNT_ANSWER,
        at="api/v1/hunts/answers/{hunt_asked}/refuse",
        data={"reason": "A walk"},
    ),
    Page(
        "GET api/v1/organisations/<code>/hunts", Permission.HUNT_ANSWER, at="api/v1/organisations/{organisation}/hunts"
    ),
    Page(
        "POST api/v1/organisations/<code>/hunts",
        Permission.HUNT_ANSWER,
        at="api/v1/organisations/{organisation}/hunts",
        data={"counts": "asked"},
    ),
    Page("GET api/v1/look-backs", Permission.HUNT_RUN, anywhere=True),
    Page(
        "POST api/v1/look-backs",
        Permission.HUNT_RUN,
        data={"rule": "{rule}", "days": 7, "organisation": "{organisation}"},
    ),
    Page("GET api/v1/look-backs/<key>", SIGNED_IN, at="api/v1/look-backs/{look_back}"),
    Page("POST api/v1/look-backs/<key>/cancel", SIGNED_IN, at="api/v1/look-backs/{look_back}/cancel"),
    Page("POST api/v1/hunt", Permission.HUNT_RUN, data=HUNT, anywhere=True),
    Page(
        "POST api/v1/hunt/why",
        Permission.HUNT_RUN,
        data={"device": "WS-1", "at": "2026-03-01T09:00:00Z", "rule": "{rule}"},
        anywhere=True,
    ),
    Page("POST api/v1/hunt/csv", Permission.HUNT_RUN, data=HUNT, anywhere=True),
    Page("GET api/v1/hunts", Permission.HUNT_RUN, anywhere=True),
    Page("POST api/v1/hunts", Permission.HUNT_RUN, data={"title": "A question", "sql": "SELECT 1"}, anywhere=True),
    Page("POST api/v1/hunts/<key>/forget", SIGNED_IN, at="api/v1/hunts/{hunt}/forget"),
    Page("GET api/v1/overview", Permission.ORGANISATION_VIEW, shows="Inside Trust"),
    Page("GET api/v1/reports/places", Permission.ALERT_VIEW, anywhere=True),
    Page(
        "POST api/v1/reports",
        Permission.ALERT_VIEW,
        data={"organisation": "{reported}", "what": "The clock runs backwards"},
        anywhere=True,
    ),
    Page("GET api/v1/tokens", SIGNED_IN),
    Page("POST api/v1/tokens/<key>/withdraw", SIGNED_IN, at="api/v1/tokens/{token}/withdraw"),
]
