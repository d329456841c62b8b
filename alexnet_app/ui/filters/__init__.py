"""The Filters panel: the kernels that each tower has learned."""
