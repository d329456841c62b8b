"""What the page of the data is made of."""
