"""Someone in the program's own process, on its thread, who uses its real window."""


def visited(make):
    """Runs the program; ``make(window)`` is called as soon as its events are worked through.

    Gives the exit code and what ``make`` gave.
    """
    from PySide6.QtWidgets import QApplication, QMainWindow

    from alexnet_app.ui import app

    run, kept = QApplication.exec, []

    def run_visited(*_):
        kept.append(make(next(each for each in QApplication.topLevelWidgets() if isinstance(each, QMainWindow))))
        return run()

    QApplication.exec = run_visited
    try:
        code = app.main([])
    finally:
        QApplication.exec = run
    return code, kept[0]
