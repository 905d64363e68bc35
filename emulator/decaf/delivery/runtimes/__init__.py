"""The ways to run a function: in a process that is kept, as a command, in this process, and by a URL."""
