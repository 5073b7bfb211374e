"""What each kind of thing can be searched by: checked, then spelled as a query."""
