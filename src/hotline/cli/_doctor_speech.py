"""Whether speech works on this machine: a sentence is really spoken and written down again."""

import time

from hotline.cli._findings import Finding, Verdict
from hotline.platform.settings import Settings
from hotline.platform.speech_environment import speech_environment
from hotline.ports.speech import RecognitionFailed, SpeechMissing, SynthesisFailed
from hotline.speech import Speech, speech_for

SENTENCE = "您好，欢迎致电市政务服务热线。"
MEND = "重新执行 make speech；仍不行时看 .venv-speech/making.log"


async def speech_finding(settings: Settings, speech: Speech | None = None) -> Finding:
    """Return what is to be said of the speech environment; `speech` replaces the engines of this machine."""
    environment = speech_environment(settings.speech)
    if environment.state != "installed":
        return Finding(Verdict.NOTE, "语音合成与识别没有安装（其他功能不受影响）", environment.hint)
    engines = speech or speech_for(settings)
    try:
        began = time.monotonic()
        spoken = await engines.synthesizer.synthesize(SENTENCE, voice=engines.synthesizer.voices[0])
        said_s = time.monotonic() - began
        heard = await engines.recognizer.recognize(spoken.samples)
        heard_s = time.monotonic() - began - said_s
    except SpeechMissing:
        return Finding(Verdict.BAD, "语音环境不完整", MEND)
    except (SynthesisFailed, RecognitionFailed) as failed:
        return Finding(Verdict.BAD, f"语音环境不能用：{failed.reason}", MEND)
    finally:
        await engines.close()
    what = f"语音环境可用：{spoken.duration_ms / 1000:.1f} 秒的话，连同装入模型，合成用 {said_s:.1f} 秒，识别用 {heard_s:.1f} 秒"
    if not heard.text:
        return Finding(Verdict.BAD, "语音识别听不出刚合成的话", MEND)
    return Finding(Verdict.GOOD, f"{what}（听到“{heard.text}”）")
