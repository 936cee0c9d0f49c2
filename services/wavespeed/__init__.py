"""WaveSpeed's HTTP API: what is asked, and every way in which it may be answered."""
