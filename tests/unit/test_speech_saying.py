"""Texts of flows are spoken clause by clause, and what never changes is spoken before anybody calls."""

import json
from pathlib import Path

import pytest

from hotline.core.events import InquiryOutcome
from hotline.core.ids import AuthorityId, CallId, InquiryId
from hotline.core.inquiry_messages import Inquire
from hotline.features.speech.saying import SayingService, fixed_clauses
from hotline.features.speech.spoken import SpokenFiles, clauses_of
from tests.speech_fakes import FakeSynthesizer

pytestmark = pytest.mark.req("TEL-4", "IVR-1")

TEXT = "${name}您好，您有${count}件申请已经办结，请查收。"


def flow(**speak: str) -> str:
    return json.dumps({"nodes": {"a": {"kind": "speak", **speak}, "b": {"kind": "hangup"}}})


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("张先生您好，您有3件申请，请查收。", ["张先生您好，", "您有3件申请，", "请查收。"]),
        ("好，请查收。", ["好，请查收。"]),
        ("时间是12:30，共1,000元！", ["时间是12:30，", "共1,000元！"]),
        ("您好", ["您好"]),
        ("……", ["……"]),
        (
            "余额${size(x) > 0 ? '有，' : '无。'}元。再见",
            ["余额${size(x) > 0 ? '有，' : '无。'}元。", "再见"],
        ),
    ],
)
def test_a_text_is_cut_where_a_speaker_takes_breath(text: str, clauses: list[str]) -> None:
    assert clauses_of(text) == clauses


def test_clauses_without_values_are_known_before_a_call() -> None:
    flows = [
        flow(text=TEXT, voice="zf_xiaoyi"),
        flow(text="请查收。", voice="zf_xiaoyi"),
        flow(text="请查收。"),
    ]
    assert fixed_clauses(flows) == [("请查收。", "zf_xiaoyi"), ("请查收。", "")]


async def test_what_was_prepared_is_not_spoken_again(tmp_path: Path) -> None:
    synthesizer = FakeSynthesizer()
    saying = SayingService(SpokenFiles(tmp_path, lambda: synthesizer))
    assert await saying.prepare([flow(text=TEXT)])
    for text in ("张先生您好，", "您有3件申请已经办结，", "请查收。"):
        answer = await saying.ask(question(text))
        assert answer.outcome is InquiryOutcome.OK
        assert (tmp_path / str(answer.values["path"])).is_file()
    assert sorted(synthesizer.texts) == sorted(["请查收。", "张先生您好，", "您有三件申请已经办结，"])


async def test_the_first_clause_comes_with_the_others_named(tmp_path: Path) -> None:
    synthesizer = FakeSynthesizer()
    saying = SayingService(SpokenFiles(tmp_path, lambda: synthesizer))
    answer = await saying.ask(question("张先生您好，您有3件申请，请查收。", clauses=True))
    assert answer.values["more"] == ["您有3件申请，", "请查收。"]
    assert synthesizer.texts == ["张先生您好，"]


async def test_where_nothing_can_be_spoken_nothing_is_prepared(tmp_path: Path) -> None:
    assert not await SayingService(SpokenFiles(tmp_path, lambda: None)).prepare([flow(text=TEXT)])


def question(text: str, **more: object) -> Inquire:
    return Inquire(
        inquiry_id=InquiryId("q"),
        call_id=CallId("c"),
        authority_id=AuthorityId("a"),
        service="speech.say",
        name="",
        arguments={"text": text, **more},
        timeout_s=5,
    )
