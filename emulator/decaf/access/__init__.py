"""Access: who calls, whether the signature is right, and whether the policies allow it."""
