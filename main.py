"""Starts AlexNet App. Worker processes import this file again: only the standard library at its top."""

import sys


def main() -> int:
    """Hands the arguments to the command line; gives the exit code."""
    from alexnet_app import cli

    return cli.main()


if __name__ == "__main__":
    if getattr(sys, "frozen", False):  # elsewhere it does nothing, and its import keeps the window waiting
        import multiprocessing

        multiprocessing.freeze_support()
    sys.exit(main())
