"""Files and packs that make one flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from csflow.spec import PHASES, FlowSpec

Load = Callable[[str | Mapping[str, str]], FlowSpec]
RULE = "rules:\n  - when: paid\n    choose:\n      - {id: %s, say: %s}\n"


def test_a_folder_loads_in_order(load: Load) -> None:
    """flow.yaml, facts.yaml and the rules in the order of their names; tests and the profile are left alone."""
    spec = load(
        {
            "flow.yaml": "name: shop\nversion: '3'\nlanguage: en\n",
            "facts.yaml": "facts: {order.total: money}\n",
            "rules/b.yaml": RULE % ("two", "b"),
            "rules/a.yaml": RULE % ("one", "a"),
            "rules/sub/c.yaml": RULE % ("three", "c"),
            "tests/x.talk.yaml": "not: rules",
            "store.yaml": "profile: x",
        }
    )
    assert (spec.name, spec.version, spec.language) == ("shop", "3", "en")
    assert [part.spec.choose[0].id for part in spec.lists] == ["one", "two", "three"]
    assert spec.store is not None
    assert spec.store.name == "store.yaml"


def test_defaults_of_a_file(load: Load) -> None:
    """A file's `in` and `cites` hold for its lists; without `in` it is the six phases."""
    first, second, third = load(
        {
            "flow.yaml": RULE % ("a", "x"),
            "rules/a.yaml": "in: [complaint]\ncites: [M1]\n" + RULE % ("b", "x"),
            "rules/b.yaml": "in: [complaint]\nrules: [{when: paid, in: close, cites: M2, choose: [{id: c}]}]",
        }
    ).lists
    assert (first.spec.in_, first.spec.cites) == (PHASES, ())
    assert (second.spec.in_, second.spec.cites) == (("complaint",), ("M1",))
    assert (third.spec.in_, third.spec.cites) == (("close",), ("M2",))


def test_built_in_reports_and_facts(load: Load) -> None:
    """An order's steps are known without a word, and a flow may add what its reports bring."""
    spec = load("facts: {order.total: money}\nevents: {ordered: {brings: [order.total]}, opened: {sets: {order.paid: true}}}")
    assert spec.events["ordered"].brings == ("order.total",)
    assert spec.events["ordered"].sets == {
        "order.placed": True,
        "order.paid": False,
        "order.shipped": False,
        "order.received": False,
        "order.cancelled": False,
    }
    assert spec.events["delivered"].sets == {"order.received": True}
    assert spec.events["opened"].sets == {"order.paid": True}
    assert spec.facts["order.paid"].type.kind == "flag"


def test_intents_events_and_states_of_several_files(load: Load) -> None:
    """Intents and events add up in the order of the files; a state may be named again without content."""
    spec = load(
        {
            "flow.yaml": "intents: {a: {examples: [x], not: [n]}}\nstates: {close.x: {}}\nevents: {e: {brings: [order.id]}}",
            "rules/a.yaml": "intents: {a: {examples: [y, x], yields_to: any}}\nstates: {close.x: {ends: session}}",
            "rules/b.yaml": "states: {close.x: {}}\nevents: {e: {brings: [order.no]}}",
        }
    )
    intent = spec.intents["a"]
    assert (intent.examples, intent.excluded, intent.yields_to) == (("x", "y"), ("n",), ("any",))
    assert spec.states["close.x"].ends == "session"
    assert spec.events["e"].brings == ("order.id", "order.no")


def test_words_of_several_files(load: Load) -> None:
    """The words of a class add up, and a hole may name the class."""
    spec = load(
        {
            "flow.yaml": "words: {when: [几时, 几号], dispatch: 发货}\n",
            "rules/a.yaml": "words: {when: [啥时候, 几号]}\nintents: {a: {phrases: ['{when}…{dispatch}']}}",
        }
    )
    assert spec.words == {"when": ("几时", "几号", "啥时候"), "dispatch": ("发货",)}


PACK = {
    "../base/flow.yaml": "name: base\nlanguage: en\n",
    "../base/store.yaml": "profile: base",
    "../base/rules/a.yaml": "slots: {size: {type: text}, colour: {type: text}}\n"
    "rules:\n  - when: paid\n    choose:\n      - {id: base.first, max: 1, say: x}\n      - {id: base.last, say: y}\n",
}


def test_a_pack_comes_first(load: Load) -> None:
    """A flow takes over a pack's parts; its own definitions replace them, its own profile too."""
    spec = load({**PACK, "flow.yaml": "name: shop\nuse: base\nslots: {size: {type: count}}\n" + RULE % ("own", "z")})
    assert (spec.name, spec.language) == ("shop", "zh")
    assert [part.spec.choose[0].id for part in spec.lists] == ["base.first", "own"]
    assert (spec.slots["size"].type, spec.slots["colour"].type) == ("count", "text")
    assert spec.store is not None
    assert spec.store.parent.name == "base"


def test_vocabulary_of_a_pack_is_added_to(load: Load) -> None:
    """A flow adds to a pack's intents, words and events instead of replacing them."""
    base = "\nintents: {a: {title: T, examples: [x]}}\nwords: {when: [p]}\nevents: {e: {brings: [order.id]}}"
    own = "use: base\nintents: {a: {phrases: [y], yields_to: any}}\nwords: {when: [q]}\nevents: {e: {brings: [order.no]}}"
    spec = load({"../base/flow.yaml": "name: base" + base, "flow.yaml": own})
    assert spec.intents["a"].model_dump(exclude_defaults=True) == {
        "title": "T", "examples": ("x",), "phrases": ("y",), "yields_to": ("any",)
    }  # fmt: skip
    assert (spec.words["when"], spec.events["e"].brings) == (("p", "q"), ("order.id", "order.no"))


def test_an_override_takes_the_place_of_a_rule(load: Load) -> None:
    """The rule stands where the pack's stood; its own list keeps the others, and its place is its own file's."""
    local = (
        "use: [base]\nrules:\n  - when: paid\n    if: order.placed\n    choose:\n"
        "      - {id: base.last, override: true, say: z}\n      - {id: own, say: w}\n"
    )
    spec = load({**PACK, "flow.yaml": local})
    assert [[rule.id for rule in part.spec.choose] for part in spec.lists] == [["base.first", "base.last"], ["own"]]
    assert spec.lists[0].spec.choose[1].say == ("z",)
    place = spec.place(spec.parts["rules", "base.last"], "id")
    assert (place.file.rsplit("/", 1)[1], place.line) == ("flow.yaml", 6)


def test_a_pack_used_twice_is_taken_once(load: Load) -> None:
    """Two packs may rest on a third."""
    spec = load(
        {
            **PACK,
            "../left/flow.yaml": "use: base\n" + RULE % ("left", "l"),
            "../right/flow.yaml": "use: base\n" + RULE % ("right", "r"),
            "flow.yaml": "use: [left, right]\n",
        }
    )
    assert [part.spec.choose[0].id for part in spec.lists] == ["base.first", "left", "right"]


def test_the_digest_is_that_of_the_texts(load: Load) -> None:
    """Equal files give an equal digest, another letter another one; the profile is no part of it."""
    first = load({"flow.yaml": "name: a", "store.yaml": "profile: x"}).digest
    assert len(first) == 16
    assert load({"flow.yaml": "name: a", "store.yaml": "profile: y"}).digest == first
    assert load({"flow.yaml": "name: b", "store.yaml": "profile: y"}).digest != first


def test_the_name_of_a_flow_without_one(load: Load) -> None:
    """It is the name of its file or folder."""
    assert load("version: '1'").name == "flow"
    assert load({"flow.yaml": ""}).name == "shop"


def test_parts_have_places(load: Load) -> None:
    """Every part of the flow can be found again in its file."""
    spec = load("slots:\n  size: {type: text}\nnever:\n  - misses > 3\n" + RULE % ("a", "x"))
    assert spec.place(spec.parts["slots", "size"], "type")[1:] == (2, 16)
    assert spec.place(spec.never[0])[1:] == (4, 5)
    assert spec.place(spec.lists[0], "choose", 0, "say")[1:] == (8, 22)
