"""A platform of vLLM from outside, whose variables `envatlas adopt` declared, but for one."""
