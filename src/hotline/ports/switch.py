"""The switch port: what every telephone engine can do for us, in our words (`core.switching`)."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from hotline.core.switching import SwitchCommand, SwitchEvent, SwitchSnapshot


class Switch(Protocol):
    """A telephone engine.

    The contract, which one suite checks on every engine (`tests/contract/test_switch.py`):
    every leg that was ever reported or originated ends with exactly one `LegHungUp`; every `Play` gets exactly one
    `PlayDone`; every recording that was started gets exactly one `RecordingDone`; a repeated command does nothing; a command on a
    leg that is gone yields `CommandFailed`; events of one leg arrive in order.
    """

    def events(self) -> AsyncIterator[SwitchEvent]:
        """Yield what happens, in order, for ever; one consumer."""
        ...

    async def execute(self, commands: Sequence[SwitchCommand]) -> None:
        """Hand over commands in order. Returns when the engine has taken them; outcomes come as events.

        Raises:
            SwitchUnavailable: the engine is not there (retryable; it reports `EngineUp` when it is back).
        """
        ...

    async def snapshot(self) -> SwitchSnapshot:
        """Report what runs now.

        Raises:
            SwitchUnavailable: the engine is not there.
        """
        ...

    async def close(self) -> None:
        """Let go of the engine without ending its calls."""
        ...


class SwitchUnavailable(Exception):
    """The engine cannot be reached just now."""

    retryable = True
