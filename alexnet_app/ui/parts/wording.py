"""Numbers and names as people read them."""

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from alexnet_app.ui.parts.numbers import local


def percent(share: float) -> str:
    """0.0312 as "3.1 %"."""
    return local(f"{100 * share:.1f} %")


LATEST = 253_402_300_799  # seconds since 1970, the end of the year 9999


def duration(seconds: float) -> str:
    """Seconds as people say them: "40 s", "12 min", "3.5 h", "41 days"."""
    for size, name in (
        (86_400, QCoreApplication.translate("wording", "{number} days")),
        (3_600, QCoreApplication.translate("wording", "{number} h")),
        (60, QCoreApplication.translate("wording", "{number} min")),
    ):
        if seconds >= 1.5 * size:
            count = seconds / size
            return name.format(number=local(f"{count:.1f}") if count < 10 and size > 60 else local(f"{count:.0f}"))
    return QCoreApplication.translate("wording", "{number} s").format(number=local(f"{max(1, seconds):.0f}"))


def time_left(seconds: float) -> str:
    """As ``duration``, but hours with their minutes: "2 h 10 min"."""
    minutes = round(seconds / 60)
    if not 90 <= minutes < 600:
        return duration(seconds)
    form = QCoreApplication.translate("wording", "{hours} h {minutes} min")
    return form.format(hours=minutes // 60, minutes=f"{minutes % 60:02d}")


def ending(time: float, now: float) -> str:
    """When something ends, in seconds since 1970, as it is said at ``now``: "ends at 23:40", "ends Tue 03:15" on one of
    the next days, "ends 12 Dec" later than that, in the form of the person's locale.
    """
    when, today = (QDateTime.fromSecsSinceEpoch(int(min(max(each, 0), LATEST))) for each in (time, now))
    system = QLocale.system()
    is_plain = system.language() == QLocale.Language.C
    clock = when.toString("HH:mm") if is_plain else system.toString(when.time(), QLocale.FormatType.ShortFormat)
    days = today.date().daysTo(when.date())
    if days <= 0:
        return QCoreApplication.translate("wording", "ends at {clock}").format(clock=clock)
    if days < 7:
        day = system.toString(when.date(), "ddd")
        return QCoreApplication.translate("wording", "ends {day} {clock}").format(day=day, clock=clock)
    form = "d MMM" if when.date().year() == today.date().year() else "d MMM yyyy"
    return QCoreApplication.translate("wording", "ends {date}").format(date=system.toString(when.date(), form))


def date(time: float) -> str:
    """Seconds since 1970 as the system writes dates; one without a language of its own would write "25 11 2026"."""
    when = QDateTime.fromSecsSinceEpoch(int(min(max(time, 0), LATEST)))  # a file can have any time
    system = QLocale.system()
    if system.language() == QLocale.Language.C:
        return when.toString("yyyy-MM-dd hh:mm")
    return system.toString(when, QLocale.FormatType.ShortFormat)


def size(count: int) -> str:
    """Bytes as people say them: "23 MB", "1.6 GB"."""
    return local(f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{max(1, round(count / 1e6)):,} MB")


def no_checksum() -> str:
    """Of a model of which nobody knows whether it is as it was written."""
    return QCoreApplication.translate("wording", "made by an earlier version: it carries no checksum")


def model_label(kind: str, name: str, knows: str = "") -> str:
    """A model by its kind, "bundled", "imported", "best" or "last", its name or that of its run, and what it knows."""
    kinds = {
        "bundled": QCoreApplication.translate("wording", "{name}, bundled"),
        "imported": QCoreApplication.translate("wording", "{name}, imported"),
        "best": QCoreApplication.translate("wording", "{name}, best"),
        "last": QCoreApplication.translate("wording", "{name}, last"),
    }
    label = kinds[kind].format(name=name)
    if not knows:
        return label
    return QCoreApplication.translate("wording", "{model} · {knows}").format(model=label, knows=knows)
