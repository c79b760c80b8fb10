"""What can be said of an objective and of a run: surfaces, curvature, words, statistics, graphs, loops."""
