"""What the cloud logs of an organisation's people: Entra sign-ins and changes, and Microsoft 365's audit log."""

from collections.abc import Callable

from watchward.node.exercise.sensors.scene import Event, Happening, Scene

Verb = Callable[[Scene, Happening], list[Event]]

_FAILURES = {
    "50126": "Invalid username or password or Invalid on-premise username or password.",
    "50053": "Account is locked because user tried to sign in too many times with an incorrect user ID or password.",
    "50074": "Strong Authentication is required.",
    "50076": "Due to a configuration change made by your administrator, you must use multi-factor authentication.",
    "50034": "The user account does not exist in the directory.",
    "50055": "The password is expired.",
    "500121": "Authentication failed during strong authentication request.",
    "53003": "Access has been blocked by Conditional Access policies.",
}


def sign_in(_scene: Scene, it: Happening) -> list[Event]:
    """Someone signs in to the cloud, or fails to: `signin` is the error code, 0 when it works."""
    code = it["signin"]
    fields = {
        "code": code,
        "reason": _FAILURES.get(code, "Other."),
        "user": it.get("user", "{upn}"),
        "name": it.get("display", "{display_name}"),
        "ip": it.get("from", "{site_ip}"),
        "country": it.get("country", "GB"),
        "city": it.get("city", "{place}"),
        "app": it.get("app", "{cloud_app}"),
        "client": it.get("client", "Browser"),
        "agent": it.get("agent", "{user_agent}"),
        "system": it.get("system", "Windows10"),
        "browser": it.get("browser", "Edge 131.0.0"),
        "requirement": it.get("requirement", "singleFactorAuthentication"),
        "risk": it.get("risk", "none"),
        "access": it.get("access", "success" if code == "0" else "notApplied"),
        "trusted": it.get("trusted", "true"),
    }
    return [Event(log="signin", code=code, fields=fields, succeeded=code == "0")]


def change(_scene: Scene, it: Happening) -> list[Event]:
    """Something in the directory is changed: an Entra audit record."""
    fields = {
        "operation": it["change"],
        "category": it.get("category", "UserManagement"),
        "service": it.get("service", "Core Directory"),
        "user": it.get("user", "{upn}"),
        "target": it.get("target", "{upn}"),
        "ip": it.get("from", "{site_ip}"),
        "property": it.get("property", ""),
        "old": it.get("old", ""),
        "new": it.get("new", ""),
    }
    return [Event(log="directory", code=it["change"], fields=fields)]


def mailbox(_scene: Scene, it: Happening) -> list[Event]:
    """Something happens in Microsoft 365: an audit record; keys with a capital are the operation's parameters."""
    fields = {
        "operation": it["mailbox"],
        "workload": it.get("workload", "Exchange"),
        "user": it.get("user", "{upn}"),
        "ip": it.get("from", "{site_ip}"),
        "object": it.get("object", ""),
        "agent": it.get("agent", "{user_agent}"),
        "session": it.get("client", "Client=OWA;Action=ViaProxy"),
        **{name: text for name, text in it.items() if name[0].isupper()},
    }
    return [Event(log="office", code=it["mailbox"], fields=fields)]


VERBS: dict[str, Verb] = {"signin": sign_in, "change": change, "mailbox": mailbox}
