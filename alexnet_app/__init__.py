"""AlexNet App: train AlexNet, watch it learn, show it pictures, see what each of its towers has learned."""

__version__ = "0.1.0"
