"""What people type: text to a tape of checked operations, and the tape to torch, LaTeX, source and sympy."""
