"""The examples: each one runs as a user would run it, and does what it says."""

from __future__ import annotations

import http.server
import importlib.util
import io
import json
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import csflow
from csflow.language import Recogniser
from csflow.testing import load_talks, run_talk
from tests.flows import NOW

EXAMPLES = Path(__file__).parent.parent / "examples"


LADDER = (
    "能便宜点吗", "太贵了", "别家便宜多了", "不降我去别家了", "超预算了", "120行不行", "那我不买了", "行，就这样吧", "嗯",
    "这料子会起球吗", "最低多少",
)  # fmt: skip
"""What a customer says who bargains hard, one a level and some beside."""
HARD = ("threaten_leave", "ask_discount.lower", "too_expensive", "compare_rivals")
NEEDS = {"nlu_sklearn": "sklearn"}
Answer = Callable[[str], Any]


def example(name: str) -> ModuleType:
    """Import an example by its name, if what it needs is installed."""
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_runs(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every example's `main` ends by itself, with input at its end, and prints something."""
    monkeypatch.setattr("sys.stdin", io.StringIO("在吗\n\n"))
    example(path.stem).main()
    assert capsys.readouterr().out.strip()


def test_the_console_bot_answers_its_own_calls(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Fifteen yuan short, asked twice: the supervisor's function is called and its yes reaches the customer at once."""
    monkeypatch.setattr("sys.stdin", io.StringIO("能包邮吗\n就差一点，包个邮吧\n"))
    example("console_bot").main()
    out = capsys.readouterr().out
    assert "(request_approval free_shipping)" in out
    assert "(grant free_shipping)" in out


def test_the_webhook_keeps_customers_apart() -> None:
    """Two customers' requests, mixed, are answered as each one's alone: only the snapshot is kept between requests."""
    webhook = example("webhook")
    lines = {"a": ["在吗", "能便宜点吗", "那我下单了"], "b": ["满多少包邮", "再见"]}

    def served(order: str) -> dict[str, list[object]]:
        left = {customer: iter(texts) for customer, texts in lines.items()}
        store: dict[str, str] = {}
        out: dict[str, list[object]] = {customer: [] for customer in lines}
        for at, customer in enumerate(order):
            when = f"2026-11-23T10:{at:02}:00+08:00"
            request = {"customer": customer, "at": when, "texts": [next(left[customer])]}
            out[customer].append(webhook.handle(store, request)["state"])
        return out

    assert served("aaabb") == served("ababa")


def test_the_webhook_takes_reports() -> None:
    """An order and its payment bring the conversation to the follow-up, with the reminder armed and then gone."""
    webhook = example("webhook")
    store: dict[str, str] = {}
    ordered = {"customer": "c", "at": "2026-11-23T10:00:00+08:00", "event": "ordered", "facts": {"order": webhook.ORDER}}
    assert "schedule" in {effect["type"] for effect in webhook.handle(store, ordered)["effects"]}
    paid = webhook.handle(store, {"customer": "c", "at": "2026-11-23T11:00:00+08:00", "event": "paid"})
    assert paid["state"] == "follow_up"
    assert "cancel" in {effect["type"] for effect in paid["effects"]}


def test_a_replayed_conversation_is_the_same(retail: csflow.Flow) -> None:
    """Whatever customers write, a conversation taken up from stored snapshots says the same."""
    assert example("replay").differing(retail, 30) == []


def test_the_replay_would_notice(retail: csflow.Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the stored snapshot lost something, the replay's property would fail."""
    replay = example("replay")
    fresh = retail.fresh().to_json()
    monkeypatch.setattr(csflow.Snapshot, "to_json", lambda snapshot: fresh)
    assert replay.differing(retail, 3)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answer], str]]:
    """Runs an understanding service on this machine; returns its address."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    servers = []

    def start(answer: Answer) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                given = answer(asked["text"])
                body = given if isinstance(given, bytes) else json.dumps(given).encode()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/nlu"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def heard_by(flow: csflow.Flow, recogniser: Recogniser) -> csflow.Flow:
    """The same flow with another understanding of messages."""
    return csflow.Flow(flow.spec, flow.profile, recogniser)


def names(*found: str) -> dict[str, Any]:
    """A service's answer: intents at the beginning of the message."""
    return {"intents": [{"name": name, "score": 0.9, "start": 0, "end": 1} for name in found]}


def keeps_its_word(flow: csflow.Flow, mode: str, seed: int) -> bool:
    """Bargain hard in some order: no floor and no `never` is passed, and nothing is left unanswered or said without its fact.

    Tells whether a concession was granted or a price offered, so that there was something to keep.
    """
    chat = flow.start(now=NOW, seed=seed, actions={"concession": lambda **_: True})
    chat.tell({"store": {"price_mode": mode}})
    chat.say("羊毛围巾多少钱")
    for text in random.Random(seed).choices(LADDER, k=15):  # noqa: S311 - the customers are no secret
        turn = chat.say(text)
        ledger = turn.snapshot.ledger
        assert turn.replies or turn.rules or turn.state == "handoff"
        assert not any("None" in reply or "118元" in reply for reply in turn.replies)
        assert sum(1 for grant in ledger.grants if grant.name == "concession") <= 1
        prices = [price for bargain in ledger.bargains.values() for price in (bargain.offer, bargain.agreed) if price]
        assert all(price >= 11800 for price in prices)
        assert turn.snapshot.used.get("push", 0) <= 3
    return bool(prices or ledger.grants)


@pytest.mark.parametrize("mode", ["fixed", "open"])
def test_a_trained_recogniser_keeps_the_flows_guarantees(retail: csflow.Flow, mode: str) -> None:
    """With a classifier in place of the rules a flow still never passes its floors and its `never` lines."""
    flow = heard_by(retail, example("nlu_sklearn").SklearnRecogniser(retail))
    assert sum(keeps_its_word(flow, mode, seed) for seed in range(25)) > 0


def test_a_trained_recogniser_reads_figures_and_new_wordings(retail: csflow.Flow) -> None:
    """Wordings near the examples are heard, what is like nothing is not, and figures stay those of the rules."""
    recogniser = example("nlu_sklearn").SklearnRecogniser(retail)
    assert [hit.intent.partition(".")[0] for hit in recogniser.hear("邮费可以免一下不").intents] == ["ask_free_shipping"]
    assert recogniser.hear("龘靐龘").intents == ()
    (bid,) = recogniser.hear("120行不行").intents
    assert (bid.intent, bid.slots["bid"].value) == ("ask_discount.counter_offer", 12000)


def test_a_service_names_the_intents(retail: csflow.Flow, serve: Callable[[Answer], str]) -> None:
    """What the service hears is answered, in the clause in which it stands; entities and bids stay those of the rules."""
    flow = heard_by(retail, example("nlu_http").HttpRecogniser(retail, serve(lambda text: names("ask_free_shipping"))))
    turn = flow.start().say("咕噜咕噜，120行不行")
    assert [hit.intent for hit in turn.heard] == ["ask_free_shipping", "ask_discount.counter_offer"]
    assert turn.snapshot.slots["bid"] == 12000


@pytest.mark.parametrize("mode", ["fixed", "open"])
def test_a_service_of_any_answers_keeps_the_flows_guarantees(
    retail: csflow.Flow, serve: Callable[[Answer], str], mode: str
) -> None:
    """Even a service that names intents by lot cannot make a flow pass its floors and its `never` lines."""
    rng, known = random.Random(7), [*retail.spec.intents, *HARD * 20]  # noqa: S311 - no secret either
    address = serve(lambda text: names(*rng.choices(known, k=rng.choice((0, 1, 1, 3)))))
    flow = heard_by(retail, example("nlu_http").HttpRecogniser(retail, address))
    assert sum(keeps_its_word(flow, mode, seed) for seed in range(25)) > 0


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"{", b"[" * 50_000, b"[]", b"null", b'{"intents": 5}', names("nonsense"), {"intents": [{"name": "greeting"}]},
        {"intents": [{"name": ["greeting"], "score": 1, "start": 0, "end": 1}]},
        {"intents": [{"name": "greeting", "score": 9, "start": 0, "end": 1}]},
        {"intents": [{"name": "greeting", "score": 1, "start": 0, "end": 99}]},
    ],
    ids=repr,
)  # fmt: skip
def test_a_broken_service_is_not_heard(retail: csflow.Flow, serve: Callable[[Answer], str], answer: Any) -> None:
    """Whatever is not the agreed answer leaves the message to the rules."""
    recogniser = example("nlu_http").HttpRecogniser(retail, serve(lambda text: answer))
    assert recogniser.hear("能便宜点吗").names == retail.recogniser.hear("能便宜点吗").names


def test_the_ladder_is_the_same_where_the_service_is_away(retail: csflow.Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nobody at the address the pack passes its own tests of the price ladder."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    flow = heard_by(retail, example("nlu_http").HttpRecogniser(retail, "http://127.0.0.1:9/nlu"))
    talks = list(load_talks(Path(csflow.__file__).parent / "packs" / "retail_zh" / "tests" / "price.talk.yaml"))
    assert [str(failure) for talk in talks for failure in run_talk(flow, talk)] == []


def test_property_test() -> None:
    """The state machine of under 30 lines finds the price under the floor, by a conversation of at most three turns."""
    pytest.importorskip("hypothesis")
    from csflow.testing.stateful import Broken

    module = example("property_test")
    assert len((EXAMPLES / "property_test.py").read_text("utf-8").splitlines()) < 30
    with pytest.raises(Broken) as failed:
        module.TestTeaShop("runTest").runTest()
    assert failed.value.finding.problem.code == "sold-over-the-cost"
    assert failed.value.finding.said <= 3
