"""One task of the person each: the only places where both widgets and the core are known."""
