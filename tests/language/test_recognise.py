"""The recogniser as the engine uses it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csflow.language import Heard, RuleRecogniser, Words

INTENTS = {
    "ack": Words(("嗯", "好的呢", "ok")),
    "discount": Words(("能便宜点吗", "最低多少钱", "抹个零头吧"), ("便宜点", "打个折")),
    "free_shipping": Words(("能包邮吗", "邮费可以免了吗"), ("包邮",), ("包邮发的是哪家快递",)),
    "keep": Words((), ("不要退货",)),
    "offer": Words(("{bid}能卖吗", "就{bid}，行我就买", "{bid}")),
    "return": Words((), ("退货", "refund")),
    "return.freight": Words((), ("退货运费",)),
    "stock": Words(("现在有货吗", "还有库存吗"), ("有货",)),
    "dispatch": Words((), ("{when}…{dispatch}", "还没{dispatch}"), ("{when}…发票",)),
    "order": Words((), ("{order_no}",)),
}
CLASSES = {"when": ("什么时候", "几号", "哪天"), "dispatch": ("发货", "寄出", "发")}
HOLES = {"bid": "money"}
RECOGNISER = RuleRecogniser(INTENTS, HOLES, {"colour": {"酒红": "wine"}}, words=CLASSES)
MESSAGES = [
    ("我想退货", ["return"]),
    ("我要退貨！", ["return"]),
    ("退货运费谁出", ["return.freight"]),
    ("能不能便宜点，包邮吗", ["discount", "free_shipping"]),
    ("有货吗 包邮不", ["stock", "free_shipping"]),
    ("便宜点包邮就买", ["discount", "free_shipping"]),
    ("不用退货", []),
    ("要不要退货呀", ["return"]),
    ("不要退货", ["keep"]),
    ("你们包邮发的哪家快递", []),
    ("嗯", ["ack"]),
    ("嗯嗯嗯", ["ack"]),
    ("ok啦", ["ack"]),
    ("嗯我想想", []),
    ("look", []),
    ("I want a REFUND", ["return"]),
    ("refunded", []),
    ("180能卖吗", ["offer"]),
    ("就一百八，行我就买", ["offer"]),
    ("180", ["offer"]),
    ("身高180", []),
    ("邮费能免了吗", ["free_shipping"]),
    ("[图片x] 现在还有货嘛", ["stock"]),
    ("请问几号能给我寄出呢", ["dispatch"]),
    ("还没发呀", ["dispatch"]),
    ("几号，现在有货吗，发哪家", ["stock"]),
    ("什么时候能开发票", []),
    ("退货单什么时候发", ["return", "dispatch"]),
    ("什么时候能退货运费发我", ["dispatch"]),
    ("什么时候退货运费", ["return.freight"]),
    ("咨询订单号:[订单x] 订单金额:[金额x]", ["order"]),
    ("[订单x] [订单x]", ["order"]),
    ("咨询订单号:[订单x] 下单时间:[日期x] 包邮吗", ["free_shipping"]),
    ("[退货x]", []),
    ("ok(*^▽^*)", ["ack"]),
    ("嗯😀", ["ack"]),
    ("😀😀", []),
    ("？？？", []),
    ("", []),
]


def intents(heard: Heard) -> list[str]:
    return [hit.intent for hit in heard.intents]


@pytest.mark.parametrize(("text", "expected"), MESSAGES)
def test_hears(text: str, expected: list[str]) -> None:
    """Each message is heard as the intents its words name, in text order, and as no other."""
    assert intents(RECOGNISER.hear(text)) == expected


def test_slots() -> None:
    """A hole gives its slot the entity in the slot's own type, at its place in the text."""
    (hit,) = RECOGNISER.hear("酒红的180能卖吗").intents
    assert (hit.slots["bid"].type, hit.slots["bid"].value, hit.slots["bid"].text) == ("money", 18000, "180")


def test_entities() -> None:
    """A clause holds its own entities and not those of its neighbours."""
    first, second = RECOGNISER.hear("酒红的两件，明天发[笑脸]").clauses
    assert [(entity.type, entity.value) for entity in first.entities] == [("colour", "wine"), ("count", 2)]
    assert [entity.type for entity in second.entities] == ["date"]


def test_cover() -> None:
    """The cover is the share of the clause that the hit explains, cards and masks left out, gaps not counted."""
    assert RECOGNISER.hear("几号可以发货").intents[0].cover == pytest.approx(2 / 3)
    assert RECOGNISER.hear("退货").intents[0].cover == 1
    assert RECOGNISER.hear("我想退货").intents[0].cover == 0.5
    assert RECOGNISER.hear("[图片x]退货").intents[0].cover == 1


def test_why() -> None:
    """Every hit tells what spoke."""
    heard = [RECOGNISER.hear(text).intents[0].why for text in ("退货", "能包邮吗", "180能卖吗")]
    assert heard == ["phrase “退货”", "example “能包邮吗”", "pattern “{bid}能卖吗”"]
    assert RECOGNISER.hear("邮费能免了吗").intents[0].why.startswith("like “邮费可以免了吗”")


def test_like_an_excluded_message() -> None:
    """A clause more like an excluded message than like the intent's examples is not it, however like those it is."""
    words = ("这个地方的油污怎么去掉", "厨房油污怎么清洗")
    assert intents(RuleRecogniser({"use": Words(words)}).hear("厨房地漏怎么清洗")) == ["use"]
    assert intents(RuleRecogniser({"use": Words(words, (), ("地漏怎么清洗",))}).hear("厨房地漏怎么清洗呀")) == []


def test_rivals() -> None:
    """A message that is about equally like two intents is in doubt between them, where nothing else was heard."""
    doubtful = {"a": Words(("在哪里可以看到退货进度",)), "b": Words(("在哪里可以看到换货进度",)), "c": Words((), ("发票",))}
    recogniser = RuleRecogniser(doubtful)
    assert recogniser.hear("在哪里可以看到进度").rivals == ("a", "b")
    assert recogniser.hear("在哪里可以看到退货进度").rivals is None
    assert recogniser.hear("开发票，在哪里可以看到进度").rivals is None
    denying = RuleRecogniser(doubtful | {"b": Words(doubtful["b"].examples, (), ("在哪里可以看到进度",))})
    assert denying.hear("在哪里可以看到进度").rivals is None


@pytest.mark.parametrize("text", ["肿么还木有发获", "能包油吗", "现在有或吗"])
def test_slips(text: str) -> None:
    """Slips of the input method do not hide what a message is like."""
    recogniser = RuleRecogniser({"a": Words(("怎么还没有发货",)), "b": Words(("能包邮吗",)), "c": Words(("现在有货吗",))})
    assert [hit.how for hit in recogniser.hear(text).intents] == ["like"]


def test_shared_words() -> None:
    """Words that two intents share are heard as both, in the order of their names; those with more letters go before."""
    shared = RuleRecogniser({"b": Words((), ("退货",)), "a": Words((), ("退货",))})
    assert intents(shared.hear("退货")) == ["a", "b"]
    gapped = RuleRecogniser(
        {"b": Words((), ("退…货",)), "a": Words((), ("退了货",)), "c": Words((), ("{get}…货",))}, words={"get": ["退"]}
    )
    assert [intents(gapped.hear(text)) for text in ("退了货", "退个货")] == [["a"], ["b", "c"]]


def test_yielding_words() -> None:
    """Of two intents with as many letters in the same place, the one that yields is not heard."""
    words = {"goods": Words((), ("会不会", "有没有")), "dispatch": Words((), ("会…发货",)), "stock": Words((), ("没有",))}
    recogniser = RuleRecogniser(words | {"thanks": Words()}, yielding={"goods": {"dispatch", "stock"}})
    assert [intents(recogniser.hear(text)) for text in ("周一会不会发货", "有没有用")] == [["dispatch"], ["goods"]]
    assert intents(RuleRecogniser(words).hear("周一会不会发货")) == ["goods"]


def test_courtesy_beside_what_was_not_understood() -> None:
    """What yields to all is not what was meant beside a question or a long clause of which nothing is heard."""
    words = {"thanks": Words((), ("谢谢",)), "stock": Words((), ("有货吗",))}
    recogniser = RuleRecogniser(words, yielding={"thanks": {"stock"}})
    said = ("谢谢，几点下班", "谢谢，有货吗", "谢谢，我去看看", "谢谢？", "盖子怎么都拧不紧，谢谢", "订单:[订单12345678]，谢谢")
    heard = [[], ["thanks", "stock"], ["thanks"], ["thanks"], [], ["thanks"]]
    assert [intents(recogniser.hear(text)) for text in said] == heard


def test_likeness_to_a_hole() -> None:
    """A clause is like an example with a hole only if it has something that could fill one."""
    recogniser = RuleRecogniser({"bid": Words(("{bid}到底成不成交",))}, {"bid": "money"})
    assert [intents(recogniser.hear(text)) for text in ("80块到底成交么", "到底成不成交呢")] == [["bid"], []]


@pytest.mark.parametrize("text", ["便宜" * 10**6, "180块，" * 10**6, "\ud800" * 10**6, "[订单" * 10**6, "退貨" * 10**6])
def test_only_the_beginning_of_a_long_text(text: str) -> None:
    """Of a huge text only the first 2,000 code points are read."""
    heard = RECOGNISER.hear(text)
    assert heard.text is text
    assert all(clause.end <= 2000 for clause in heard.clauses)


SCRAPS = [
    "退货",
    "退貨",
    "便宜点",
    "包邮",
    "不要",
    "180",
    "块",
    "能卖吗",
    "，",
    " ",
    "？",
    "\n",
    "ok",
    "嗯",
    "[图片x]",
    "[订单x]",
    "^_^",
    "😀",
    "几号",
    "什么时候",
    "发货",
    "寄出",
    "浙江",
    "明天",
    "Ａ",
    "\ud800",
    "\u200b",
]
TALK = st.lists(st.sampled_from(SCRAPS), max_size=12).map("".join) | st.text(alphabet=st.characters(), max_size=40)


@given(TALK)
def test_any_text_answers(text: str) -> None:
    """Any text is heard; every span lies inside its clause and clauses follow one another in the original."""
    end = 0
    for clause in RECOGNISER.hear(text).clauses:
        assert end <= clause.start < clause.end <= len(text)
        assert clause.text == text[clause.start : clause.end]
        assert all(clause.start <= hit.start < hit.end <= clause.end for hit in clause.hits)
        assert all(text[entity.start : entity.end] == entity.text for entity in clause.entities)
        end = clause.end


NAMES = RuleRecogniser(
    {"b": Words((), ("退货", "退货运费")), "a": Words((), ("运费", "refund")), "c": Words((), ("free shipping",))}
)
WORDS = st.lists(st.sampled_from(["退货", "运费", "refund", "free shipping", "不要", "不", "，", " ", "。", "吗"]), max_size=8)


@given(WORDS.map("".join) | TALK)
def test_names(text: str) -> None:
    """The names of the intents are those of the hits, in their order, however they were come by."""
    for recogniser in (NAMES, RECOGNISER):
        heard = recogniser.hear(text)
        assert heard.names == tuple(hit.intent for hit in heard.intents)


def test_likeness_beside_words() -> None:
    """Beside words that spoke, likeness counts only where it is sure."""
    assert intents(RECOGNISER.hear("邮费可免吧")) == ["free_shipping"]
    assert intents(RECOGNISER.hear("有货吗，邮费可免吧")) == ["stock"]


@given(TALK, st.permutations(sorted(INTENTS)))
@settings(max_examples=50)
def test_order_of_intents(text: str, order: list[str]) -> None:
    """The order in which intents, classes and their words are declared changes nothing."""
    classes = {name: words[::-1] for name, words in reversed(CLASSES.items())}
    other = RuleRecogniser({name: INTENTS[name] for name in order}, HOLES, words=classes)
    plain = RuleRecogniser(INTENTS, HOLES, words=CLASSES)
    assert other.hear(text).intents == plain.hear(text).intents
    assert other.hear(text).rivals == plain.hear(text).rivals


@given(TALK)
def test_unrelated_intent(text: str) -> None:
    """An intent that shares no word with a message changes nothing of what is heard in it, scores and rivals included."""
    unrelated = {"zodiac": Words(("属牛穿红", "本命岁穿红"), ("{when}…属牛", "本命岁"))}
    more, plain = RuleRecogniser(INTENTS | unrelated, HOLES, words=CLASSES), RuleRecogniser(INTENTS, HOLES, words=CLASSES)
    assert more.hear(text).intents == plain.hear(text).intents
    assert more.hear(text).rivals == plain.hear(text).rivals


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("能送不", ["gift"]),
        ("能送不呀", ["gift"]),
        ("送不到", []),
        ("能送不到付", []),
        ("有送的没", ["gift"]),
        ("有送的没到", []),
    ],
)
def test_a_question_at_the_end(text: str, heard: list[str]) -> None:
    """A phrase written with a question mark is heard at the end of a clause only: inside it 不 and 没 deny."""
    assert list(RuleRecogniser({"gift": Words((), ("送不？", "有…没?"))}).hear(text).names) == heard


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("没货，我要退货", ["return", "stock"]),
        ("昨天有货，包邮吗", ["free_shipping", "stock"]),
        ("有货吗，包邮吗", ["stock", "free_shipping"]),
    ],
)
def test_demands_come_first(text: str, order: list[str]) -> None:
    """What a clause demands comes before the others, what it only tells of after them, in flows of phrases alone too."""
    phrases = {"return": Words((), ("退货",)), "stock": Words((), ("有货", "没货")), "free_shipping": Words((), ("包邮",))}
    heard = RuleRecogniser(phrases).hear(text)
    assert list(heard.names) == [hit.intent for hit in heard.intents] == order
