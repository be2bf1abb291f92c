"""What a person is told when something cannot be spoken or written down."""

from hotline.platform.errors import HotlineError
from hotline.platform.i18n import Text
from hotline.platform.settings import Settings
from hotline.platform.speech_environment import speech_environment
from hotline.ports.speech import SpeechMissing, SynthesisFailed


class NoSpeech(HotlineError):
    """The speech environment is not installed; the sentence says how to get it."""

    code, status = "speech_missing", 503
    text = Text("{hint}", "Speech is not installed on this machine: run `make speech` ({hint})")


class NotSpoken(HotlineError):
    """The text cannot be spoken."""

    code, status = "not_spoken", 422
    text = Text("这段文字无法合成语音：{reason}", "This text cannot be spoken: {reason}")


class SpeechBusy(HotlineError):
    """The synthesiser is busy, late or was just lost."""

    code, status = "speech_busy", 503
    text = Text("语音合成正忙或刚刚中断，请稍后再试", "The synthesiser is busy; please try again")


def refused_as(failed: SpeechMissing | SynthesisFailed, settings: Settings) -> HotlineError:
    """Return the refusal that tells a person about `failed`."""
    if isinstance(failed, SpeechMissing):
        return NoSpeech(hint=speech_environment(settings.speech).hint)
    return SpeechBusy() if failed.retryable else NotSpoken(reason=_in_chinese(failed.reason))


def _in_chinese(reason: str) -> str:
    if "nothing to say" in reason:
        return "没有可以读出来的文字"
    if "no such voice" in reason:
        return "没有这个音色"
    return "文字过长或无法朗读" if "characters" in reason else reason
