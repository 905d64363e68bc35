"""Nothing is left to do here: the barista is a thread of the cashier's program now."""
