"""Call a hotline as a citizen would, with real SIP and RTP.

Examples:
  hotline call --to 01084000000 --from 13800138000 --keys "1" --say hello.wav --record heard.wav
  hotline call --to 01084000000 --keys "1,,2" --after 4 --seconds 30

Keys are pressed --after seconds after the answer; a comma pauses one second. What is heard is written to --record
(8 kHz WAV). Exit status: 0 answered, 1 not answered, 2 wrong arguments or no network, 3 answered but nothing heard.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from hotline.adapters.sip_caller.caller import Report, Script, SipCaller
from hotline.wire import wav

HELP = "呼叫：像市民一样真实拨打热线（SIP 与 RTP），按键、说话、录下听到的"

DEFAULT_SERVER = "127.0.0.1:5060"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = __doc__
    parser.add_argument("--to", required=True, metavar="NUMBER", help="number to call")
    parser.add_argument(
        "--from", dest="shown", default="13800138000", metavar="NUMBER", help="number to show"
    )
    parser.add_argument(
        "--server", default=os.environ.get("HOTLINE_SIP", DEFAULT_SERVER), metavar="HOST:PORT"
    )
    parser.add_argument("--keys", default="", help="keys to press; a comma is a pause of one second")
    parser.add_argument(
        "--after", type=float, default=2.0, metavar="S", help="seconds from the answer to the first key"
    )
    parser.add_argument("--say", type=Path, metavar="WAV", help="speak this after the keys")
    parser.add_argument("--repeat", action="store_true", help="speak it again and again")
    parser.add_argument("--record", type=Path, metavar="WAV", help="write what is heard")
    parser.add_argument(
        "--seconds", type=float, default=0.0, metavar="S", help="hang up so long after the answer (0: never)"
    )
    parser.add_argument(
        "--patience", type=float, default=90.0, metavar="S", help="give up when not answered by then"
    )
    parser.add_argument("--test", action="store_true", help="mark it as a test call, kept out of the figures")


def parse_server(text: str) -> tuple[str, int]:
    """Read host:port. Raises `ValueError`."""
    host, colon, port = text.rpartition(":")
    if not colon:
        return text, 5060
    return host, int(port)


def run(args: argparse.Namespace) -> int:
    """Make the call; returns the exit status."""
    try:
        server = parse_server(args.server)
        script = Script(
            number=args.to,
            shown=args.shown,
            keys=args.keys,
            after_s=args.after,
            say=args.say,
            repeat=args.repeat,
            seconds=args.seconds,
            patience_s=args.patience,
            test=args.test,
        )
        report = asyncio.run(_call(server, script, args.record))
    except KeyboardInterrupt:
        return 130
    except (OSError, ValueError) as error:
        print(f"hotline call: {error}", file=sys.stderr)
        return 2
    _print(report)
    if not report.answered:
        return 1
    return 0 if report.packets else 3


async def _call(server: tuple[str, int], script: Script, record: Path | None) -> Report:
    caller = SipCaller(server, tell=lambda line: print(line, flush=True))
    try:
        return await caller.run(script)
    finally:
        if record is not None and caller.call is not None:
            heard = wav.pcm_file(caller.call.audio.recording())
            await asyncio.to_thread(record.write_bytes, heard)
        await caller.close()


def _print(report: Report) -> None:
    def ms(value: float | None) -> str:
        return "never" if value is None else f"{value:.0f} ms"

    who = {"local": "us", "remote": "the far end", "nobody": "nobody (no answer from the server)"}
    print(
        f"ringing {ms(report.ringing_ms)}, answered {ms(report.answered_ms)}, first audio {ms(report.first_audio_ms)}"
    )
    print(
        f"ended by {who.get(report.ended_by, report.ended_by)} with {report.status} (Q.850 {report.q850}) "
        f"after {report.length_ms / 1_000:.1f} s; {report.packets} packets heard, {report.lost} lost"
    )
