"""What asks a program to end."""

import signal


def ending_signals() -> list[signal.Signals]:
    """Ctrl-C, the request to end, and a closed terminal, but not where nohup has that ignored or there is none."""
    found = [signal.SIGINT, signal.SIGTERM]
    hangup = getattr(signal, "SIGHUP", None)
    return found if hangup is None or signal.getsignal(hangup) == signal.SIG_IGN else [*found, hangup]
