"""A small fixed-delay jitter buffer for mixed rooms: frames in as they come, one frame out each 20 ms. Pure; counts in frames."""

from hotline.wire.rtp import signed_32

FRAME = 160


class JitterBuffer:
    """Gives back one source's frames in order, about `depth` frames after they came.

    Playing begins when `depth` frames wait, and begins anew after the buffer ran dry. A frame that is too late is dropped; when
    the source's clock runs fast (or a burst came) the oldest frames go, so that the delay stays near `depth`.
    """

    __slots__ = ("_depth", "_frames", "_next", "_playing", "_ssrc")

    def __init__(self, depth: int = 3) -> None:
        self._depth = depth
        self._frames: dict[int, bytes] = {}  # by timestamp
        self._next = 0
        self._playing = False
        self._ssrc: int | None = None

    def push(self, ssrc: int, timestamp: int, payload: bytes) -> None:
        """Take a packet's audio of one or more frames; a rest shorter than a frame is dropped."""
        if ssrc != self._ssrc:
            self._ssrc = ssrc
            self._frames.clear()
            self._playing = False
        for at in range(0, len(payload) - FRAME + 1, FRAME):
            self._put((timestamp + at) & 0xFFFFFFFF, payload[at : at + FRAME])

    def _put(self, stamp: int, frame: bytes) -> None:
        if self._playing:
            ahead = signed_32(stamp - self._next)
            if ahead < 0:
                return
            if ahead > 50 * FRAME:  # more than a second ahead: the source jumped
                self._frames.clear()
                self._playing = False
        self._frames[stamp] = frame
        if len(self._frames) > 3 * self._depth:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        newest = max(self._frames, key=lambda stamp: signed_32(stamp - self._next))
        self._next = (newest - (self._depth - 1) * FRAME) & 0xFFFFFFFF
        self._frames = {
            stamp: frame for stamp, frame in self._frames.items() if signed_32(stamp - self._next) >= 0
        }

    def pop(self) -> bytes | None:
        """Return the frame that is due; None for silence (not begun, ran dry, or lost on the way)."""
        if not self._playing:
            if len(self._frames) < self._depth:
                return None
            some = next(iter(self._frames))
            self._next = (some + min(signed_32(stamp - some) for stamp in self._frames)) & 0xFFFFFFFF
            self._playing = True
        frame = self._frames.pop(self._next, None)
        self._next = (self._next + FRAME) & 0xFFFFFFFF
        if frame is None:
            self._realign()
        return frame

    def _realign(self) -> None:
        """After a missing frame: stop when nothing waits; meet a source whose stamps are not multiples of a frame apart."""
        if not self._frames:
            self._playing = False
        elif not any(signed_32(stamp - self._next) % FRAME == 0 for stamp in self._frames):
            self._next = min(self._frames, key=lambda stamp: signed_32(stamp - self._next))
