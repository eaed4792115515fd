"""IPython's tracebacks, with a bound on what an endless recursion costs: a frame takes a millisecond to format."""

from types import TracebackType

from IPython.core.ultratb import AutoFormattedTB

FRAMES = 20  # kept at both ends of a traceback
CHAIN = 5  # exceptions shown that were raised while handling another one


class ShortTracebacks(AutoFormattedTB):
    """Formats as IPython does, but leaves out the middle of a very long traceback, and says so."""

    def structured_traceback(self, *arguments, **keywords):
        self._chain = CHAIN
        return super().structured_traceback(*arguments, **keywords)

    def get_parts_of_chained_exception(self, evalue):
        self._chain -= 1
        return super().get_parts_of_chained_exception(evalue) if self._chain > 0 else None

    def format_exception_as_a_whole(self, etype, evalue, etb, context, tb_offset):
        short, skipped = _shortened(etb)
        [lines] = super().format_exception_as_a_whole(etype, evalue, short, context, tb_offset)
        if skipped:
            lines.insert(len(lines) // 2, f"    [... skipping {skipped} frames]\n")
        return [lines]


def _shortened(top: TracebackType | None) -> tuple[TracebackType | None, int]:
    """The traceback without its middle, and the number of frames that are missing."""
    frames = []
    while top is not None:
        frames.append(top)
        top = top.tb_next
    skipped = max(0, len(frames) - 2 * FRAMES)
    if skipped:
        del frames[FRAMES:-FRAMES]
    short = None
    for frame in reversed(frames):
        short = TracebackType(short, frame.tb_frame, frame.tb_lasti, frame.tb_lineno) if skipped else frames[0]
    return short, skipped
