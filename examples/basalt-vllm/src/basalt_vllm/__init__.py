"""A platform of vLLM from outside: its variables stay in a dict of functions, and one line makes a plugin of it."""
