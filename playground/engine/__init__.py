"""What is minimised and what goes down it: objectives, optimizers, schedulers, noise, one run with its history, many."""
