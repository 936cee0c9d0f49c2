"""What runs in worker processes, and the pool of them."""
