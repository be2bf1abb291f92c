"""The node that speaks a text with values in it, made when the caller stands there (文字播报)."""

from dataclasses import dataclass
from typing import Annotated

from hotline.core import flow_kinds as kinds
from hotline.core.flow_field_lists import Template, TemplateField
from hotline.core.flow_fields import (
    ExitField,
    FlagField,
    NumberField,
    Prompts,
    PromptsField,
    Voice,
    Words,
)
from hotline.core.flow_kinds import NodeKind
from hotline.core.ids import NodeId

TEXT_MAX = 300
SERVICE = "speech.say"
"""The service that is asked: arguments text, voice, once; values path (of an A-law file in the data folder), duration_ms.

With `clauses` only the first clause of the text is spoken, and `more` are the others, to be asked for one by one.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakNode:
    """Speak a text; what was spoken before is there at once. Where nothing can be spoken, `fallback` is played instead."""

    text: Annotated[
        Template,
        TemplateField(
            title=Words("文字", "Text"),
            about=Words(
                "例如 ${name}您好，您有${count}件事项待办；数字、日期和金额按口语读出。按标点逐句播放，没有变量的句子发布后即已合成",
                "Such as ${name}, you have ${count} matters; numbers, dates and amounts are read as people say them. "
                "Heard clause by clause; clauses without values are made when the flow is published",
            ),
            most=TEXT_MAX,
        ),
    ]
    voice: Voice = ""
    fallback: Annotated[
        Prompts,
        PromptsField(
            title=Words("合成不可用时播放", "Played where nothing can be spoken"),
            about=Words("语音环境未安装、太慢或出错时播放", "When speech is missing, late or failed"),
        ),
    ] = ()
    timeout_s: Annotated[
        float, NumberField(title=Words("最多等待", "Wait at most"), low=1, high=20, unit="s", advanced=True)
    ] = 6.0
    interruptible: Annotated[bool, FlagField(title=Words("按键可打断", "A key interrupts"))] = True
    next: Annotated[NodeId, ExitField(title=Words("下一步", "Next"))]


SPEAK = NodeKind(
    kind="speak",
    node=SpeakNode,
    group="speak",
    name=Words("文字播报", "Speak a text"),
    about=Words("把带变量的文字即时合成语音播放", "Speaks a text with values in it, made at that moment"),
)
kinds.register(SPEAK)
