@echo off
rem Written, not yet run on Windows.
rem Starts AlexNet App: double-click this file, or drop pictures, folders or models on it.
rem A dropped name that holds an ampersand but no space reaches this file torn apart: open it from within the app instead.
setlocal DisableDelayedExpansion
chcp 65001 >nul
set "START=%~dp0..\start.py"
set "CHECK=import sys; sys.exit(sys.version_info < (3, 11))"

py -3 -c "%CHECK%" >nul 2>nul
if not errorlevel 1 (
    py -3 "%START%" %*
    goto ended
)
python -c "%CHECK%" >nul 2>nul
if not errorlevel 1 (
    python "%START%" %*
    goto ended
)
python3 -c "%CHECK%" >nul 2>nul
if not errorlevel 1 (
    python3 "%START%" %*
    goto ended
)
echo AlexNet App needs Python 3.11 or newer, and none was found: install it from python.org, then start again.
pause
exit /b 1

:ended
if errorlevel 1 pause
exit /b %errorlevel%
