"""Characters, numbers and faults in what somebody typed."""
