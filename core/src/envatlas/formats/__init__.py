"""What is derived from declarations and readings, for other programs and for pages; a module a format."""
