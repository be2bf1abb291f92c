"""What a process keeps for its whole life is taken out of the garbage collector's sight: looking through it again and again stops everything."""

import gc


def keep_for_good(*, tidy: bool = False) -> None:
    """Never look again for garbage in what is loaded now; with `tidy` look once before, which stops the process meanwhile.

    A full collection was measured to stop all audio of the voice process for 100 ms, and every call of the application for 300 ms; afterwards
    it looks only at what calls and questions have left behind. Call it when a process is up, and after loading much more. It also lets a process
    end a second sooner, since its end looks for garbage as well.
    """
    if tidy:
        gc.collect()
    gc.freeze()
