"""Pages reach what is stored through queries, which say who is looking, and change it through actions (STYLE, rule 8).

Everything else that is shown or asked may name a model as a type, and no more. Import-linter cannot say that: a view
is written with the types of what its queries give it. So this reads what each file does with the models it imports.
"""

import ast
from pathlib import Path

import pytest

import watchward.console

CONSOLE = Path(watchward.console.__file__).parent
READERS = {"queries.py", "guard.py"}
WRITERS = {"actions.py", "adapters.py", "rule_adapters.py"}
PARTS = {
    "advisory/answering_actions.py": "the part of advisory/actions.py in which organisations answer",
    "advisory/asking.py": "the part of advisory/actions.py that asks, and that links use too",
    "advisory/knowing.py": "the part of advisory/adapters.py that looks up what is known of organisations",
    "advisory/linking.py": "the part of advisory/adapters.py that takes what other nodes tell",
    "advisory/passing.py": "the part of advisory/adapters.py that tells other nodes",
    "advisory/reporting.py": "the part of advisory/queries.py that reads time lines back",
    "advisory/telling.py": "the part of advisory/adapters.py that writes notices",
    "access/audit.py": "record(), the one place that lengthens the audit log, called by actions",
    "access/endings.py": "the part of access/actions.py that ends sessions and tokens",
    "access/export.py": "signs and checks the audit log as a whole, for the worker and the command line",
    "access/links.py": "the part of access/actions.py that is about one-time links",
    "care/arranging.py": "the part of care/actions.py that writes what is known of organisations with templates",
    "care/arranging_checks.py": "the part of care/arranging.py that says what is wrong before anything is written",
    "care/rows.py": "the part of care/adapters.py that is between rows and things of the map",
    "care/storing.py": "the part of care/actions.py that compares and stores",
    "care/supplier_actions.py": "the part of care/actions.py that is about suppliers",
    "care/supplier_queries.py": "the part of care/queries.py that is about suppliers",
    "detect/correlated_adapters.py": "the part of detect/adapters.py that keeps what correlations find",
    "detect/ordering.py": "the part of detect/adapters.py that looks up what orders alerts",
    "detect/reporting.py": "the part of detect/actions.py that makes an alert of a report",
    "detect/stakes.py": "the part of detect/adapters.py that stores what is at stake, and orders alerts by it",
    "detect/weighing_all.py": "the part of detect/stakes.py that weighs many organisations at once",
    "detect/who_else.py": "the part of detect/queries.py that says who else was touched",
    "estate/arrivals.py": "the part of estate/adapters.py that bounds new devices",
    "estate/credentials.py": "writes the gateway's list of keys after an action",
    "estate/importing.py": "the part of estate/actions.py that reads and stores organisations",
    "estate/lateness.py": "tells the projector how late each source's events may come and may at most",
    "estate/placing.py": "the part of estate/adapters.py that says where matches belong",
    "harm/own.py": "the part of harm/adapters.py that reads which numbers are a site's own",
    "harm/questions.py": "the part of harm/adapters.py that works out what to ask an organisation",
    "harm/warming.py": "the part of harm/adapters.py that opens the map before somebody asks",
    "hunts/looks.py": "remembers what somebody has seen of rows, for the actions that show them and let them go",
    "hunts/told.py": "gives questions and answers that come by a link their effect, as hearing.py does",
    "intel/audiences.py": "the part of intel/actions.py that finds who may receive an object",
    "intel/believing.py": "the part of intel/queries.py that says what is believed of an indicator",
    "intel/columns.py": "the part of intel/actions.py that keeps what indicators and sightings say",
    "intel/for_whom.py": "the part of intel/adapters.py that finds for whom other nodes are told of something",
    "intel/going.py": "the part of intel/adapters.py that tells other nodes",
    "intel/linking.py": "the part of intel/adapters.py that takes what other nodes tell",
    "intel/met.py": "the part of intel/queries.py that says at whom an indicator may be met",
    "intel/polling.py": "the part of intel/adapters.py that notes how far each server was read",
    "intel/rounds.py": "the part of intel/adapters.py that keeps how far a round over many rows has come",
    "intel/recipients.py": "the part of intel/sharing_queries.py that finds who may receive something",
    "intel/retiring_actions.py": "the part of intel/actions.py that retires collections",
    "intel/senders.py": "the part of intel/adapters.py that says for whom a linked node may speak",
    "intel/sharing_actions.py": "the part of intel/actions.py that shares alerts",
    "intel/sharing_queries.py": "the part of intel/queries.py that says what of an alert would be shared",
    "intel/standings.py": "the part of intel/actions.py that says how sources stand",
    "intel/storing.py": "the part of intel/actions.py that puts objects into a collection",
    "intel/fading.py": "the part of intel/adapters.py that lets fade what is hardly believed",
    "intel/weighing.py": "the part of intel/queries.py that says what is reported of many things at once",
    "intel/trying.py": "asks a source what it offers, by its kind, and stores nothing",
    "intel/widening.py": "the part of intel/queries.py that says whom a change would let see what",
    "link/client.py": "the child's part of link/adapters: it notes when its parent last answered",
    "link/heads.py": "the part of link/adapters.py that is about heads of audit logs",
    "link/hearing.py": "gives what comes by a link its effect, and keeps its place",
    "link/joining.py": "the part of link/actions.py that keeps who was joined",
    "link/passing.py": "counts what passes, wherever it does",
    "link/server.py": "the parent's part of link/adapters: it finds who sends, and notes when",
    "link/speaking.py": "what waits for a peer, and the place up to which it has it",
    "link/telling.py": "queues what every domain tells, in the transaction of its action",
    "node/correlations.py": "the part of node/health.py that is about correlations",
    "node/health.py": "looks at the node itself, for those who may see it",
    "node/jobs.py": "the worker's clearing away of what has expired by itself",
    "node/scheduler.py": "the worker's own record of its jobs",
    "protect/adopting.py": "the part of protect/adapters.py that blocks by organisations' policies",
    "protect/offering.py": "the worker's part of protect/adapters.py that offers what policies could not adopt",
    "protect/wanting.py": "the part of protect/adapters.py that finds what policies want",
    "protect/checking.py": "the worker's part of protect/adapters.py that finds what blocks would do to care",
    "protect/linking.py": "the part of protect/adapters.py that takes what other nodes tell",
    "protect/own_actions.py": "the part of protect/actions.py that is about organisations, and the switch",
    "protect/own_names.py": "the part of protect/queries.py that finds the names in which computers stand",
    "protect/publishing.py": "writes the lists' blocks after an action",
    "protect/reaching.py": "the part of protect/actions.py that says how far a block for an organisation goes",
    "protect/rows.py": "the part of protect/actions.py that is between a block's row and its life",
    "protect/telling.py": "the part of protect/adapters.py that tells other nodes",
    "protect/whose.py": "the part of protect/queries.py that says whose word a policy is, for its action too",
    "respond/sending.py": "the worker's part of respond/adapters.py that sends notices",
}
"""Files that touch models besides, and what they are."""


def _name(path):
    return str(path.relative_to(CONSOLE)) if path.is_relative_to(CONSOLE) else path.name


FILES = sorted(path for path in CONSOLE.rglob("*.py") if "migrations" not in path.parts and path.name != "models.py")
SHOWING = [path for path in FILES if path.name not in READERS | WRITERS and _name(path) not in PARTS]
WRITING = {
    "acreate", "adelete", "asave", "aupdate", "bulk_create", "bulk_update", "create", "delete", "get_or_create", "save",
    "select_for_update", "update_or_create",
}  # fmt: skip
REACHING = WRITING | {"objects", "_default_manager", "_base_manager"}


def _models(tree):
    """The names by which a file knows models."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("watchward.console"):
            if node.module.endswith(".models"):
                yield from (one.asname or one.name for one in node.names if not one.name.isupper())
            yield from (one.asname or one.name for one in node.names if one.name == "models")


def _as_types(tree):
    """Where a model stands for its type: in an annotation, in isinstance(), or with one of its own enumerations."""
    for node in ast.walk(tree):
        named = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        if isinstance(node, ast.Subscript):
            named.append(node.slice)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance":
            named.append(node.args[1])
        if isinstance(node, ast.Call):
            named.append(node.func if isinstance(node.func, ast.Name) else None)  # one that nobody stores
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr[0].isupper():
            named.append(node.value)
        yield from (id(part) for one in named if one is not None for part in ast.walk(one))


def _reaches(path):
    tree = ast.parse(path.read_text())
    models, types = set(_models(tree)), set(_as_types(tree))
    # A form's field begins with no rows at all, and is given the right ones when somebody looks.
    none = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "none"
        for part in ast.walk(node.value)
    }
    for node in ast.walk(tree):
        if id(node) in none:
            continue
        if isinstance(node, ast.Name) and node.id in models and id(node) not in types:
            yield f"{_name(path)}:{node.lineno}: {node.id} is more than a type"
        if isinstance(node, ast.Attribute) and node.attr in REACHING and not _is_no_model(node):
            yield f"{_name(path)}:{node.lineno}: .{node.attr}"


def _is_no_model(node):
    return isinstance(node.value, ast.Name) and node.value.id in {"form", "file", "hunt_views"}


@pytest.mark.parametrize("path", SHOWING, ids=_name)
def test_a_file_that_shows_or_asks_knows_models_as_types_alone(path):
    assert list(_reaches(path)) == []


@pytest.mark.parametrize("path", [path for path in FILES if path.name in READERS], ids=_name)
def test_a_query_only_reads(path):
    tree = ast.parse(path.read_text())
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = {one.attr: one.lineno for one in calls if isinstance(one, ast.Attribute)}

    assert {name: line for name, line in called.items() if name in WRITING | {"update"}} == {}


def test_every_other_file_that_touches_models_is_there_and_does_so():
    idle = [name for name in PARTS if not (CONSOLE / name).exists() or not list(_reaches(CONSOLE / name))]

    assert idle == []
    assert len(SHOWING) > 60


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def shown(one: Alert) -> Alert: ...", 0),
        ("isinstance(one, Alert)", 0),
        ("Alert.State.OPEN", 0),
        ("get_object_or_404(Alert, pk=1)", 1),
        ("Alert.objects.all()", 2),
        ("alert.steps.create(text='x')", 1),
        ("alert.save()", 1),
        ("everything = Alert", 1),
    ],
)
def test_this_test_finds_what_it_looks_for(tmp_path, text, found):
    file = tmp_path / "views.py"
    file.write_text(f"from watchward.console.detect.models import Alert\n{text}\n")

    assert len(list(_reaches(file))) == found
