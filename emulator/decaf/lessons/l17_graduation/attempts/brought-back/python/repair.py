"""Runs after the baristas have learned something new: brings back what they could not make before. Not written yet."""

print("nothing to do", flush=True)
