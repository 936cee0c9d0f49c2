"""Every sentence that a person reads: what was done, what cannot be, and why."""
