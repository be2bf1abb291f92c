"""The node that lets callers ask in their own words and reads them the article that answers (智能应答)."""

from dataclasses import dataclass
from typing import Annotated

from hotline.core import flow_kinds as kinds
from hotline.core.flow_fields import (
    ExitField,
    NumberField,
    Prompts,
    PromptsField,
    TextField,
    VariableField,
    Voice,
    Words,
)
from hotline.core.flow_kinds import NodeKind
from hotline.core.ids import NodeId, PromptKey

READY = "speech.ready"
"""OK where speech is understood and spoken; the models are loaded meanwhile, so that they are warm when they are needed."""
LISTEN = "speech.listen"
"""Says when the caller has stopped speaking: arguments path, silence_s, patience_s; OK: they spoke, NOT_FOUND: they did not begin."""
ANSWER = "knowledge.answer"
"""Arguments path or question, voice. OK: question, article_id, title, score, path and duration_ms of the first sentence of the answer as
spoken, more: the texts of those that follow. NOT_FOUND: nothing understood (question "") or no article that answers it."""
JUDGED = "knowledge.judged"
"""Is told whether an article helped: arguments article_id, solved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerNode:
    """Ask what the caller wants to know, read the best public article, ask whether it helped: 1 yes, 2 again, 0 an agent."""

    prompts: Annotated[
        Prompts,
        PromptsField(
            title=Words("提问提示", "Question"),
            about=Words(
                "之后有一声滴，来电人开始说；说完停顿或按 # 键即结束，按 0 转人工",
                "A tone follows, then the caller speaks; a pause or # ends it, 0 leads to an agent",
            ),
        ),
    ] = (PromptKey("answer_ask"),)
    searching: Annotated[Prompts, PromptsField(title=Words("查找时播放", "While searching"))] = (
        PromptKey("answer_searching"),
    )
    helped: Annotated[
        Prompts,
        PromptsField(
            title=Words("回答之后询问", "After the answer"),
            about=Words(
                "1 已解决，2 再问一次，0 转人工；这三个键是固定的",
                "1 solved, 2 ask again, 0 an agent; these keys are fixed",
            ),
        ),
    ] = (PromptKey("answer_helped"),)
    unclear: Annotated[
        Prompts,
        PromptsField(title=Words("没听清或没有答案时播放", "Where nothing was understood or found")),
    ] = (PromptKey("answer_unclear"),)
    tries: Annotated[
        int,
        NumberField(
            title=Words("最多提问次数", "Questions at most"),
            about=Words("超过后转人工", "Then an agent"),
            low=1,
            high=5,
            whole=True,
        ),
    ] = 3
    served: Annotated[
        str,
        TextField(
            title=Words("自助服务名称", "Self service"),
            about=Words("按 1 已解决的记为“自助完成”", "Who presses 1 counts as self-served"),
            most=64,
        ),
    ] = "智能应答"
    max_s: Annotated[
        float, NumberField(title=Words("最多说", "Speak at most"), low=3, high=30, unit="s", advanced=True)
    ] = 15.0
    silence_s: Annotated[
        float,
        NumberField(title=Words("停顿多久算说完", "A pause of"), low=0.8, high=5, unit="s", advanced=True),
    ] = 1.5
    wait_s: Annotated[
        float, NumberField(title=Words("等待按键", "Wait for a key"), low=2, high=30, unit="s", advanced=True)
    ] = 6.0
    timeout_s: Annotated[
        float,
        NumberField(
            title=Words("最多查找", "Search at most"),
            about=Words("识别、查找和合成合在一起", "Recognition, search and synthesis together"),
            low=3,
            high=60,
            unit="s",
            advanced=True,
        ),
    ] = 20.0
    voice: Voice = ""
    variable: Annotated[
        str,
        VariableField(title=Words("问题存入变量", "Variable of the question"), optional=True, advanced=True),
    ] = ""
    solved: Annotated[NodeId, ExitField(title=Words("已解决（1）", "Solved (1)"))]
    agent: Annotated[NodeId, ExitField(title=Words("转人工（0）", "Agent (0)"))]
    failed: Annotated[NodeId, ExitField(title=Words("语音环境不可用", "Speech is not there"))]


ANSWER_KIND = NodeKind(
    kind="answer",
    node=AnswerNode,
    group="ask",
    name=Words("智能应答", "Smart answer"),
    about=Words(
        "来电人说出问题，播报知识库里最合适的公开文章，没有解决就转人工",
        "The caller asks aloud and hears the public article that fits best; an agent where it does not help",
    ),
    asks=True,
)
kinds.register(ANSWER_KIND)
