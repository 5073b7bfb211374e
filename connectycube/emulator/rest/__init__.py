"""One file per resource: what each operation does to the world."""
