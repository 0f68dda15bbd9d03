"""Which route of the REST API does the same as each page and form. `test_by_api.py` holds the console to it.

A new page or form needs a line here. What has no equal in the API stands below, each with why.
"""

SAME = {
    "GET account/tokens/": "GET tokens",
    "GET account/tokens/requests/": "GET openapi.json",
    "POST account/tokens/<int:key>/withdraw/": "POST tokens/<key>/withdraw",
    # People and the audit log
    "GET audit/": "GET audit",
    "GET node/": "GET node",
    "GET people/": "GET people",
    "GET people/<int:pk>/": "GET people/<person>",
    "POST people/<int:pk>/link/": "POST people/<person>/link",
    "POST people/<int:pk>/recovery/": "POST people/<person>/recovery",
    "POST people/<int:pk>/roles/<int:post>/withdraw/": "POST people/<person>/roles/<post>/withdraw",
    "POST people/<int:pk>/roles/give/": "POST people/<person>/roles",
    "POST people/<int:pk>/switch/": "POST people/<person>/disable, POST people/<person>/enable",
    "POST people/invite/": "POST people",
    # The estate
    "GET organisations/": "GET organisations",
    "GET organisations/<str:code>/": "GET organisations/<code>",
    "GET devices/": "GET devices",
    "GET devices/<uuid:key>/": "GET devices/<key>, GET devices/<key>/events",
    "POST devices/<uuid:key>/": "POST devices/<key>/importance",
    "GET sources/": "GET sources",
    "POST sources/new/": "POST sources",
    "GET sources/authority.pem": "GET authority",
    "GET sources/<str:key>/": "GET sources/<key>",
    "POST sources/<str:key>/rotate/": "POST sources/<key>/rotate",
    "POST sources/<str:key>/disable/": "POST sources/<key>/disable",
    "POST sources/<str:key>/enable/": "POST sources/<key>/enable",
    "POST sources/<str:key>/lateness/": "POST sources/<key>/lateness",
    "POST sources/<str:key>/keys/<str:key_id>/withdraw/": "POST sources/<key>/keys/<key_id>/withdraw",
    # Rotas, notices and incidents
    "GET organisations/<str:code>/rota/": "GET organisations/<code>/rota",
    "POST organisations/<str:code>/rota/": "POST organisations/<code>/rota",
    "POST organisations/<str:code>/rota/contacts/": "POST organisations/<code>/rota/contacts",
    "POST organisations/<str:code>/rota/duties/": "POST organisations/<code>/rota/duties",
    "POST rota/contacts/<int:key>/remove/": "POST rota/contacts/<key>/remove",
    "POST rota/contacts/<int:key>/try/": "POST rota/contacts/<key>/try",
    "POST rota/duties/<int:key>/remove/": "POST rota/duties/<key>/remove",
    "POST rota/steps/<int:key>/wait/": "POST rota/steps/<key>/wait",
    "GET notices/": "GET notices",
    "GET incidents/": "GET incidents",
    "GET incidents/new/": "GET alerts/<key>/incident",
    "POST incidents/new/": "POST incidents",
    "GET incidents/<int:key>/": "GET incidents/<key>, GET incidents/<key>/candidates",
    "POST incidents/<int:key>/note/": "POST incidents/<key>/notes",
    "POST incidents/<int:key>/change/": "POST incidents/<key>/changes",
    "POST incidents/<int:key>/people/": "POST incidents/<key>/people",
    "POST incidents/<int:key>/alerts/": "POST incidents/<key>/alerts",
    # Alerts and hunts
    "GET alerts/": "GET alerts",
    "GET alerts/stream/": "GET alerts/news",
    "POST alerts/steps/": "POST alerts/steps",
    "GET alerts/<uuid:key>/": (
        "GET alerts/<key>, GET alerts/<key>/event, GET alerts/<key>/others, GET alerts/<key>/same-device, "
        "GET alerts/<key>/assignees, GET rules/<key>"
    ),
    "GET alerts/<uuid:key>/normal/": "GET alerts/<key>/normal",
    "POST alerts/<uuid:key>/normal/": "POST alerts/<key>/normal, POST alerts/<key>/normal/preview",
    "GET normal/": "GET normal",
    "GET normal/<uuid:key>/": "GET normal/<key>",
    "POST normal/<uuid:key>/end/": "POST normal/<key>/end",
    "GET alerts/<uuid:key>/why/": "GET alerts/<key>/why",
    "GET alerts/<uuid:key>/timeline/": "GET alerts/<key>/timeline",
    "POST alerts/<uuid:key>/acknowledge/": "POST alerts/<key>/acknowledge",
    "POST alerts/<uuid:key>/assign/": "POST alerts/<key>/assign",
    "POST alerts/<uuid:key>/close/": "POST alerts/<key>/close",
    "POST alerts/<uuid:key>/note/": "POST alerts/<key>/notes",
    "POST alerts/<uuid:key>/reopen/": "POST alerts/<key>/reopen",
    "GET rules/": "GET rules, GET rule-sets, GET rule-trials",
    "POST rules/bring/": "POST rule-sets",
    "POST rules/decide/": "POST rule-standings",
    "GET rules/rule/<str:key>/": "GET rules/<key>, GET rules/<key>/life",
    "POST rules/sets/<slug:folder>/restore/": "POST rule-sets/<folder>/restore",
    "GET overview/": "GET overview, GET incidents",
    "GET report/": "GET reports/places",
    "POST report/": "POST reports",
    "GET coverage/": "GET coverage",
    "GET coverage/table.csv": "GET coverage/table",
    "GET coverage/layer.json": "GET coverage/layer",
    "GET coverage/techniques/<str:key>/": "GET coverage/techniques/<key>",
    "GET look-back/": "GET look-backs",
    "POST look-back/": "POST look-backs",
    "GET look-back/<int:key>/": "GET look-backs/<key>",
    "POST look-back/<int:key>/cancel/": "POST look-backs/<key>/cancel",
    "GET hunt/": "GET hunts",
    "POST hunt/": "POST hunt, POST hunt/csv",
    "GET hunt/why/": "POST hunt/why",
    "POST hunt/why/": "POST hunt/why",
    "POST hunt/save/": "POST hunts",
    "POST hunt/<int:key>/forget/": "POST hunts/<key>/forget",
}

SIGNING_IN = "A step of signing in, or of what one signs in with: it needs the person and their browser, not a token."
ASKED_FIRST = "Shows what will happen before a person posts it; a script has read that in the description."

EXCEPTIONS = {
    "GET ": "Leads to the first page that one may open, and shows nothing itself.",
    "POST account/tokens/": "A token that could make tokens would outlive its own end and withdrawal.",
    "GET rules/bring/": "An empty form.",
    "GET sources/new/": "An empty form.",
    "GET people/invite/": "An empty form.",
    "GET people/<int:pk>/roles/give/": "An empty form.",
    "GET people/<int:pk>/roles/<int:post>/withdraw/": ASKED_FIRST,
    "GET sources/<str:key>/rotate/": ASKED_FIRST,
    "GET sources/<str:key>/lateness/": ASKED_FIRST,
    "GET sources/<str:key>/disable/": ASKED_FIRST,
    "GET sources/<str:key>/keys/<str:key_id>/withdraw/": ASKED_FIRST,
    "GET alerts/<uuid:key>/close/": ASKED_FIRST,
}
"""What the API does not offer, and why; besides everything else below `account/`, which is `SIGNING_IN`."""

ONLY_BY_API = {
    "GET ": "Nothing: ninja keeps the place for pages about the API, which this console has elsewhere.",
    "GET alerts/<key>/ocsf": "An alert in the shape of other programs, which a page has no use for.",
}
