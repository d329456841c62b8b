"""What a trained model has learned: its kernels as pictures."""
