"""Common slips of the input method and net spellings, folded before texts are compared; phrases are taken as written."""

from functools import cache
from operator import itemgetter

from csflow.language.phrases import Phrases, longest

_MEANT = {
    "怎么": "咋 肿么 怎摸 怎末 怎莫 怎嘛 杂么 zenme",
    "没有": "木有 米有 没油 么有 没友",
    "什么": "啥 神马 神么 什末 什莫 什摸 甚么 shenme",
    "时候": "时侯 时后 时厚 是候",
    "已经": "以经 己经 已径 以径",
    "便宜": "便易 偏宜 便以 变宜 便宜宜",
    "包邮": "包油 包游 保邮 包由",
    "快递": "快弟 块递 快第 快地",
    "发货": "发或 发获 发祸 法货",
    "退货": "退或 退获 推货",
    "换货": "换或 换获",
    "有货": "有或 有获 又货",
    "退款": "退宽 退欵 推款",
    "付款": "付宽 付欵 复款",
    "优惠": "优会 忧惠 优慧 优汇",
    "运费": "运非 云费 运废",
    "多少": "多哨 多绍",
    "价格": "价各 架格",
    "质量": "质良 制量 置量",
    "尺码": "尺吗 尺玛 吃码",
    "地址": "地止 地扯 地纸",
    "客服": "客福 克服",
    "订单": "定单 订弹",
    "账号": "帐号 帐户 账户",
    "哪里": "哪儿 哪边 纳里",
    "这样": "酱紫 介样 这样子",
    "可以": "阔以 可已 科以 闊以",
    "你们": "泥萌 尼们 妳们",
    "是不是": "四不四 素不素",
    "发票": "发飘 发漂 法票",
    "签收": "签受 迁收",
    "赠品": "增品 赠平",
    "活动": "活洞 活冻",
    "降价": "将价 降介",
    "修改": "修该 休改",
    "取消": "取销 曲消",
    "联系": "连系 联糸",
    "谢谢": "蟹蟹 3q thx",
    "please": "pls plz",
    "you": "u ya",
    "are": "r",
    "shipping": "shiping shippin",
    "discount": "discout disount",
}
_FOLDED = {slip: meant for meant, slips in _MEANT.items() for slip in slips.split()}


@cache
def _slips() -> Phrases:
    return Phrases(list(_FOLDED))


def meant(text: str) -> str:
    """A normalised text with what its writer probably meant."""
    found = _slips().find(text)
    for _, start, end in sorted(longest(found), key=itemgetter(1), reverse=True) if found else ():
        text = text[:start] + _FOLDED[text[start:end]] + text[end:]
    return text
