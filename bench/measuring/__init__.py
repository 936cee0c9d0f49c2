"""What the measurements are made with: a bot to measure, its process, figures and how they grow."""
