"""The lab Gradient: what ``backward()`` did at one point, how, and what a training loop does with it."""
