"""What pictures there are: the values, the readers of what people have, and the one resolver of addresses."""
