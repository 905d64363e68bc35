"""Export: what there is, written as documents that declare it."""
