"""What is sent about each kind of thing: checked, then spelled as a body."""
