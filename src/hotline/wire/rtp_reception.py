"""What arrived of an RTP stream: loss and jitter as RFC 3550, appendices A.1, A.3 and A.8, compute them. Pure; the arrival time is passed in."""

from dataclasses import dataclass

MAX_DROPOUT = 3000
MAX_MISORDER = 100
_CYCLE = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceptionReport:
    """The fields of an RTCP report block (RFC 3550, section 6.4.1). `jitter` is in timestamp units."""

    ssrc: int
    fraction_lost: int
    cumulative_lost: int
    extended_highest: int
    jitter: int


class Reception:
    """Counts one leg's received packets over all the sources (SSRC) it has had.

    `lost` never goes below zero: duplicates and late arrivals may make more packets received than expected.
    """

    __slots__ = (
        "_bad_sequence", "_base", "_cycles", "_earlier_expected", "_expected_prior",
        "_highest", "_jitter", "_of_source", "_received_prior", "_transit", "received", "ssrc",
    )  # fmt: skip

    def __init__(self) -> None:
        self.received = 0
        self.ssrc: int | None = None
        self._earlier_expected = 0  # of sources that ended
        self._jitter = 0.0
        self._start(0)
        self._of_source = 0

    def _start(self, sequence: int) -> None:
        self._base = self._highest = sequence
        self._cycles = 0
        self._of_source = 0
        self._bad_sequence = -1
        self._expected_prior = self._received_prior = 0
        self._transit: int | None = None

    def update(self, ssrc: int, sequence: int, timestamp: int | None, arrival: int) -> None:
        """Count a packet. `arrival` is the local time in timestamp units (samples).

        `timestamp` is None for telephone events: theirs stands still during a press and says nothing of jitter.
        """
        if ssrc != self.ssrc:
            self._close_source()
            self.ssrc = ssrc
            self._start(sequence)
        else:
            self._follow(sequence)
        self.received += 1
        self._of_source += 1
        if timestamp is None:
            return
        transit = (arrival - timestamp) & 0xFFFFFFFF
        before = self._transit
        if before is not None:
            distance = transit - before
            if distance > 0x7FFFFFFF or distance < -0x7FFFFFFF:  # the 32-bit difference wrapped
                distance = (distance + 0x80000000 & 0xFFFFFFFF) - 0x80000000
            self._jitter += (abs(distance) - self._jitter) / 16
        self._transit = transit

    def _follow(self, sequence: int) -> None:
        ahead = sequence - self._highest & 0xFFFF
        if ahead < MAX_DROPOUT:
            if sequence < self._highest:
                self._cycles += _CYCLE
            self._highest = sequence
        elif ahead <= _CYCLE - MAX_MISORDER:
            # A very large jump: believe it only when the next packet goes on from there (the sender restarted).
            if sequence == self._bad_sequence:
                self._close_source()
                self._start(sequence)
            else:
                self._bad_sequence = (sequence + 1) & 0xFFFF

    def _close_source(self) -> None:
        if self._of_source:
            self._earlier_expected += self._expected()

    def _expected(self) -> int:
        return self._cycles + self._highest - self._base + 1 if self._of_source else 0

    @property
    def expected(self) -> int:
        """How many packets were sent to us, as the sequence numbers tell."""
        return self._earlier_expected + self._expected()

    @property
    def lost(self) -> int:
        """How many of them never came."""
        return max(0, self.expected - self.received)

    @property
    def jitter(self) -> float:
        """Interarrival jitter in timestamp units."""
        return self._jitter

    def report(self) -> ReceptionReport | None:
        """Return a report block on the present source and begin a new interval; None before the first packet."""
        if self.ssrc is None:
            return None
        expected, received = self._expected(), self._of_source
        expected_now, received_now = expected - self._expected_prior, received - self._received_prior
        self._expected_prior, self._received_prior = expected, received
        lost_now = expected_now - received_now
        fraction = 0 if expected_now <= 0 or lost_now <= 0 else min(255, (lost_now << 8) // expected_now)
        return ReceptionReport(
            ssrc=self.ssrc,
            fraction_lost=fraction,
            cumulative_lost=max(-0x800000, min(0x7FFFFF, expected - received)),
            extended_highest=(self._cycles + self._highest) & 0xFFFFFFFF,
            jitter=int(self._jitter),
        )
