"""One picture with what the network says of it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from alexnet_app.ui.classify.views.crop_list import CropList
from alexnet_app.ui.classify.views.nearest_pane import NearestPane
from alexnet_app.ui.classify.views.picture_view import PictureView
from alexnet_app.ui.classify.views.tower_answers import TowerAnswers
from alexnet_app.ui.classify.views.why_bar import FULL, WhyBar
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.numbers import local
from alexnet_app.ui.parts.plain import TEXT, Label, one_line, set_tip
from alexnet_app.ui.parts.top5_bars import Top5Bars
from alexnet_app.ui.theme import SPACE


class PicturePage(QWidget):
    """The picture, its name and size, the most probable classes, and a word on doubt. ``explain`` shows and hides what
    says why: ``why``, what is drawn over the picture, ``towers``, what each tower says, and beside the picture
    ``crops`` or ``nearest``.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view, self.bars = PictureView(), Top5Bars()
        self.why, self.towers, self.explain = WhyBar(), TowerAnswers(), QPushButton(self.tr("Why"))
        self.crops, self.nearest = CropList(), NearestPane()
        self.inside = QPushButton(self.tr("Look inside"))
        set_tip(self.inside, self.tr("Follow this picture through the layers of the network"))
        self.explain.setCheckable(True)
        self._reason = ""
        self.name = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        self.remark = Label()
        self.remark.setAccessibleName(self.tr("Note on the result"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, 0, 0, 0)
        layout.setSpacing(SPACE)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self.view, stretch=3)
        row.addWidget(self.crops, stretch=2)
        row.addWidget(self.nearest, stretch=2)
        layout.addLayout(row, stretch=1)
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(self.name, stretch=1)
        line.addWidget(self.inside)
        line.addWidget(self.explain)
        layout.addWidget(self.why)
        layout.addLayout(line)
        for widget in (self.bars, self.remark, self.towers):
            layout.addWidget(widget)
        self.why.strength_changed.connect(self.view.set_strength)
        self.view.set_strength(self.why.strength.value() / FULL)
        self.explain.toggled.connect(self.show_why)
        self.show_why(False)
        self.clear()

    def show_why(self, shown: bool) -> None:
        """Makes room for what says why, or takes it away."""
        self.why.setVisible(shown)
        self.towers.setVisible(shown)
        if not shown:
            self.show_beside()
            self.view.show_layer(QImage(), 1.0)

    def show_beside(self, *, crops: bool = False, nearest: bool = False) -> None:
        """What stands beside the picture."""
        self.crops.setVisible(crops)
        self.nearest.setVisible(nearest)

    def clear(self) -> None:
        """No picture is chosen."""
        self.expect("", "")
        self.view.show_text(self.tr("No picture selected"))

    def expect(self, name: str, path: str) -> None:
        """Another picture is on its way: the one before stays until then, its answer does not."""
        self.name.show_text(name, one_line(path, TEXT))
        self.show_answers(())
        self.towers.clear()
        self.crops.show_captions(())
        self.view.expect()

    def show_picture(self, picture: QImage, name: str, width: int, height: int, path: str) -> None:
        """The picture, and the size of its file in pixels."""
        text = self.tr("{name} · {width} × {height} pixels")
        said = text.format(name=name, width=local(f"{width:,}"), height=local(f"{height:,}"))
        self.name.show_text(said, one_line(path, TEXT))
        self.view.show_picture(picture, self.name.text())

    def show_reason(self, reason: str) -> None:
        """Why there is no picture to be seen."""
        self.view.show_text(reason)

    def show_answers(
        self, answers: Sequence[tuple[str, float]], *, unsure: bool = False, truth: str = "", note: str = ""
    ) -> None:
        """Label and probability (0 to 1) of each; none while it waits. ``truth`` is the class that the picture is known
        to be of, ``note`` what is to be said of it.
        """
        self.bars.show_answers(answers, unsure=unsure, truth=truth)
        doubt = self.tr("Not sure: no class stands out") if unsure else ""
        self.remark.setText(" · ".join(part for part in (doubt, note) if part))

    def set_reason(self, reason: str) -> None:
        """What ``show_waiting`` says from now on; an empty one lets it say that the answer is to come."""
        self._reason = f"{reason[:1].upper()}{reason[1:]}"

    def show_waiting(self) -> None:
        """There is no answer yet."""
        self.show_answers(())
        self.remark.setText(self._reason or self.tr("Waiting to be classified"))
