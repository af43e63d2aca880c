"""A platform of vLLM from outside, whose variables are declared."""
