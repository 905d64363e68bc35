"""What suites written for other emulators ask beside AWS's own calls: LocalStack's and moto's, in their own forms."""

from emulator.elsewhere.routes import PREFIXES, ROUTES, handle

__all__ = ["PREFIXES", "ROUTES", "handle"]
