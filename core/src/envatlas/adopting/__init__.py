"""Adopting: declarations written from the source of a file that reads `os.environ` by functions; none of it is run."""
