"""A long run under a mixture of all faults, in which every outcome is accounted for."""
