"""The pages on the photo, the first layer and its numbers, and the last ones on the answer."""

from collections.abc import Sequence

from alexnet_app.core.errors import Parts, Sentence, Text
from alexnet_app.core.events import Prediction
from alexnet_app.core.inference.lecture.drawing import coloured, framed, in_rows, map_picture
from alexnet_app.core.inference.lecture.subject import Subject
from alexnet_app.core.inference.lecture.values import AnswerBars, LecturePicture, Page
from alexnet_app.core.insight.activations import answers, order
from alexnet_app.core.insight.filters import kernel_picture, layers_with_kernels, sheets
from alexnet_app.core.insight.map_sheets import in_grey
from alexnet_app.core.insight.receptive import Area, Field, on_photo
from alexnet_app.core.insight.selectivity import Specialization, specialization_of
from alexnet_app.core.network.layers import TOWERS

STRONGEST, COLUMNS = 6, 3  # maps of a tower
LONGEST = 40  # characters of a label in a sentence
VERDICTS = {"mostly lines": Text("mostly lines"), "mostly colours": Text("mostly colours")}
NEITHER = Text("neither more lines nor more colours")


def photo_page(about: Subject) -> Page:
    """What the network sees of the photo."""
    spec, (height, width) = about.spec, about.photo.shape[:2]
    area = on_photo(Field(0, 0, spec.input_size, spec.input_size), spec, width, height)
    what = Sentence(
        "The photo is scaled to {picture} × {picture} pixels; the network sees the {size} × {size} in the middle "
        "(sections 2 and 4.1).",
        picture=spec.picture_size,
        size=spec.input_size,
    )
    count = Sentence(
        "These {count:,} numbers are all that it is given, and it knows {classes:,} classes.",
        count=3 * spec.input_size**2,
        classes=spec.classes,
    )
    seen = Sentence("{size} × {size} pixels", size=spec.input_size)
    return Page(
        "photo",
        Sentence("What the network sees"),
        (what, count),
        (
            LecturePicture(framed(about.photo, area, 1), Sentence("the photo"), is_photo=True),
            LecturePicture(about.look.seen, seen),
        ),
    )


def kernels_page(about: Subject) -> Page | None:
    """The kernels of the first layer, tower beside tower; None where each place has its own."""
    first = about.spec.convolutions[0]
    if first.name not in layers_with_kernels(about.spec):
        return None
    found = sheets(about.bundle, first.name)
    what = Sentence(
        "{layer} looks for {kernels:,} small patterns: kernels of {size} × {size} × 3 weights, {each:,} in each tower. "
        "Grey is 0 (section 6.1, Figure 3)."
        if len(found) > 1
        else "{layer} looks for {kernels:,} small patterns: kernels of {size} × {size} × 3 weights. Grey is 0 "
        "(section 6.1, Figure 3).",
        layer=first.name,
        kernels=first.kernels,
        size=first.size,
        each=first.kernels // len(found),
    )
    special = specialization_of(about.bundle, first.name)
    exhibits = tuple(
        LecturePicture(in_rows(each.kernels, each.columns), _tower(name), name)
        for each, name in zip(found, TOWERS if len(found) > 1 else ("",), strict=True)
    )
    title = Sentence("The kernels of {layer}", layer=first.name)
    return Page("kernels", title, (what, *([_specialized(special)] if special is not None else [])), exhibits)


def _specialized(found: Specialization) -> Sentence:
    a, b = found.towers
    if a.verdict in VERDICTS or b.verdict in VERDICTS:
        return Sentence(
            "Tower A: {a}, {learned_a} of {all_a} kernels have learned; tower B: {b}, {learned_b} of {all_b}.",
            a=VERDICTS.get(a.verdict, NEITHER),
            learned_a=a.learned,
            all_a=a.kernels,
            b=VERDICTS.get(b.verdict, NEITHER),
            learned_b=b.learned,
            all_b=b.kernels,
        )
    return Sentence(
        "{learned_a} of {all_a} kernels of tower A and {learned_b} of {all_b} of tower B have learned: too few to tell "
        "the towers apart."
        if found.lacking
        else "{learned_a} of {all_a} kernels of tower A and {learned_b} of {all_b} of tower B have learned; the towers "
        "do not differ clearly.",
        learned_a=a.learned,
        all_a=a.kernels,
        learned_b=b.learned,
        all_b=b.kernels,
    )


def maps_page(about: Subject) -> Page:
    """The strongest maps of the first layer in each tower."""
    spec, shown = about.spec, answers(about.look.shown, about.look.shown[0].layer)
    towers = [units[:STRONGEST] for units in order(shown, spec)]
    names = TOWERS if len(towers) > 1 else ("",)
    what = Sentence(
        "Each kernel is laid on the photo at {places:,} places; what it answers there makes its map, bright where the "
        "answer is strong (section 3.5).",
        places=about.look.shown[0].values[0].size,
    )
    best = [int(units[0]) for units in towers]
    values = [float(shown.peaks[unit]) for unit in best]
    if len(towers) > 1:
        strong = Sentence(
            "Strongest are map {a:,} in tower A with {most_a:.3g} and map {b:,} in tower B with {most_b:.3g}.",
            a=best[0] + 1,
            most_a=values[0],
            b=best[1] + 1,
            most_b=values[1],
        )
    else:
        strong = Sentence("Strongest is map {a:,} with {most_a:.3g}.", a=best[0] + 1, most_a=values[0])
    exhibits = []
    for name, units in zip(names, towers, strict=True):
        pictures = in_rows(coloured(in_grey(shown.values[units])), COLUMNS)
        numbers = Parts(int(unit) + 1 for unit in units)
        caption = (
            Sentence("tower {tower}: maps {numbers}", tower=name, numbers=numbers)
            if name
            else Sentence("maps {numbers}", numbers=numbers)
        )
        exhibits.append(LecturePicture(pictures, caption, name))
    return Page("maps", Sentence("The strongest maps of {layer}", layer=shown.layer), (what, strong), tuple(exhibits))


def number_page(about: Subject) -> Page:
    """One number of the first layer: kernel, patch and products."""
    found = about.number
    colours = found.kernel, found.patch
    kernel, patch = (kernel_picture(each) for each in colours)
    products = map_picture(found.products.sum(axis=0).astype("float32"))
    sees = found.field
    whole = framed(about.look.seen, Area(sees.top, sees.left, sees.bottom, sees.right))
    what = Sentence(
        "Here kernel {unit:,} of tower {tower} answers most: weight by weight it is multiplied with the pixels in the "
        "frame, less their mean (section 3.5)."
        if found.tower
        else "Here kernel {unit:,} answers most: weight by weight it is multiplied with the pixels in the frame, less "
        "their mean (section 3.5).",
        unit=found.unit + 1,
        tower=found.tower,
    )
    total = Sentence(
        "The {count:,} products add up to {total:.3f}; with the bias of {bias:.3f} the number is {value:.3f}.",
        count=found.products.size,
        total=float(found.products.sum()),
        bias=found.bias,
        value=found.value,
    )
    exhibits = (
        LecturePicture(whole, Sentence("the place")),
        LecturePicture(kernel, Sentence("kernel {unit:,}", unit=found.unit + 1), found.tower),
        LecturePicture(patch, Sentence("the patch")),
        LecturePicture(products, Sentence("their products")),
    )
    return Page("number", Sentence("One number of {layer}", layer=found.layer), (what, total), exhibits)


def answer_page(about: Subject) -> Page:
    """The five likeliest classes."""
    found, layer = about.look.predictions, about.spec.layers[-1].name
    what = Sentence(
        "{layer} adds up a score for each of the {classes:,} classes, and the softmax makes probabilities of them "
        "(section 3.5).",
        layer=layer,
        classes=about.spec.classes,
    )
    says = Sentence(
        "The likeliest is {label}, with {share:.1%}.", label=_short(found[0].label), share=found[0].probability
    )
    seen = LecturePicture(about.look.seen, Sentence("what the network sees"))
    bars = AnswerBars(_rows(found), Sentence("the likeliest classes"))
    return Page("answer", Sentence("The answer"), (what, says), (seen, bars))


def silence_page(about: Subject) -> Page | None:
    """Each tower alone beside both; None for a network of one column."""
    if not about.alone:
        return None
    (a, b), both = about.alone, about.look.predictions
    what = Sentence(
        "A silent tower is 0 from its first layer on; layers that read both towers get the other one doubled "
        "(section 3.2)."
    )
    says = Sentence(
        "Tower A alone says {a} ({share_a:.0%}), tower B alone {b} ({share_b:.0%}), both together {both} "
        "({share:.0%}).",
        a=_short(a[0].label),
        share_a=a[0].probability,
        b=_short(b[0].label),
        share_b=b[0].probability,
        both=_short(both[0].label),
        share=both[0].probability,
    )
    exhibits = (
        AnswerBars(_rows(both), Sentence("both towers")),
        AnswerBars(_rows(a), Sentence("tower A alone"), "A"),
        AnswerBars(_rows(b), Sentence("tower B alone"), "B"),
    )
    return Page("silence", Sentence("One tower silenced"), (what, says), exhibits)


def _tower(name: str) -> Sentence:
    return Sentence("tower {tower}", tower=name) if name else Sentence("one column")


def _rows(found: Sequence[Prediction]) -> tuple[tuple[str, float], ...]:
    return tuple((each.label, each.probability) for each in found)


def _short(label: str) -> str:
    return label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"
