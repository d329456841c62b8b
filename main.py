"""Starts AlexNet App. Worker processes import this file again: only the standard library at its top."""

import multiprocessing
import sys


def main() -> int:
    from alexnet_app import cli

    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())
