"""The lab Network: backpropagation adjusts the weights and biases of a network."""
