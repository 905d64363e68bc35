"""Export: writes the existing resources as documents that declare them."""
