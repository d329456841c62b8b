"""Lets a test ask a running program what it shows: an ear in the program's process, put there by PYTHONPATH.

Answers on the local socket named in ALEXNET_EAR: one Python expression a connection, evaluated on the window's thread
with ``window`` (the main window) and the helpers below; the answer is its repr or, after "!", what went wrong.
"""

import os
import sys
import threading


def _listen(path):
    import socket
    import time

    while "PySide6.QtWidgets" not in sys.modules or "alexnet_app.ui.main_window" not in sys.modules:
        time.sleep(0.02)
    from PySide6.QtCore import QObject, Qt, Signal, Slot
    from PySide6.QtWidgets import QApplication

    while QApplication.instance() is None:
        time.sleep(0.02)

    class Ear(QObject):
        asked = Signal(object)

        @Slot(object)
        def answer(self, question):
            expression, reply = question
            try:
                reply.append(repr(eval(expression, globals() | {"window": _window()})))
            except Exception as error:  # told to the test
                reply.append(f"!{type(error).__name__}: {error}")

    ear = Ear()
    ear.moveToThread(QApplication.instance().thread())
    ear.asked.connect(ear.answer, Qt.ConnectionType.BlockingQueuedConnection)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path + ".part")
        listener.listen()
        os.rename(path + ".part", path)  # noqa: PTH104 - whoever sees the ear can speak to it
        while True:
            connection, _ = listener.accept()
            with connection:
                expression, reply = connection.recv(65536).decode(), []
                ear.asked.emit((expression, reply))
                connection.sendall(reply[0].encode())


def _window():
    from PySide6.QtWidgets import QApplication, QMainWindow

    return next((each for each in QApplication.topLevelWidgets() if isinstance(each, QMainWindow)), None)


def shown():
    """All visible controls: (kind, text, enabled, x, y, width, height), on the screen."""
    from PySide6.QtCore import QPoint
    from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

    found = []
    for top in QApplication.topLevelWidgets():
        for each in top.findChildren(QAbstractButton) + top.findChildren(QLabel):
            if each.isVisible():
                place = each.mapToGlobal(QPoint(0, 0))
                kind = "label" if isinstance(each, QLabel) else "button"
                found.append((kind, each.text(), each.isEnabled(), place.x(), place.y(), each.width(), each.height()))
    return found


def tab(text):
    """Where the tab with ``text`` is: x, y, width, height."""
    from PySide6.QtWidgets import QTabBar

    for bar in _window().findChildren(QTabBar):
        for place in range(bar.count()):
            if bar.tabText(place) == text and bar.isVisible():
                rect = bar.tabRect(place)
                corner = bar.mapToGlobal(rect.topLeft())
                return corner.x(), corner.y(), rect.width(), rect.height()
    return None


if os.environ.get("ALEXNET_EAR"):
    threading.Thread(target=_listen, args=(os.environ["ALEXNET_EAR"],), daemon=True, name="ear").start()
