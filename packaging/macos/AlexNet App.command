#!/bin/sh
# Written, not yet run on macOS.
# Starts AlexNet App: double-click this file. Finder hands no dropped files to it: drop those on the app's window.

start="$(dirname "$0")/../start.py"
for python in python3 python3.14 python3.13 python3.12 python3.11 /opt/homebrew/bin/python3 /usr/local/bin/python3; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        "$python" "$start" "$@" && exit 0
        code=$?
        break
    fi
done
if [ -z "${code:-}" ]; then
    echo "AlexNet App needs Python 3.11 or newer, and none was found: install it from python.org, then start again."
    code=1
fi
printf 'Press Enter to close this window. '
read -r enter
exit "$code"
