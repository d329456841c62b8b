"""How much is kept where frozen convolutions are computed once; nothing of it needs torch."""

from alexnet_app.core.network.spec import NetworkSpec

VIEWS = 2  # of each image: the centre crop and its mirror
MOST_BYTES = 2 << 30  # of all that is kept


def bytes_kept(spec: NetworkSpec, images: int) -> int:
    """The memory that the last maps of so many images take, in fp32."""
    last = spec.figures()[len(spec.convolutions) - 1]
    return images * VIEWS * 4 * last.maps * spec.sides()[-1] ** 2
