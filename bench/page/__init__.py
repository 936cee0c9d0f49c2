"""docs/performance.md: the goals and what came of them, plots of growth, and the figures of each part."""
