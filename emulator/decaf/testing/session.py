"""Decaf in a session of pytest: its server, and the account of each test.

Rule: the server starts when it is first needed, and its clock runs again after each test.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from socket import gaierror
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest
from msgspec.structs import replace

from decaf.base.settings import BadSetting
from decaf.control.route import Refused
from decaf.testing.configured import settings_for_tests
from decaf.testing.decaf import Decaf, new_account
from decaf.testing.http_client import NoServer
from decaf_protocol import is_account

if TYPE_CHECKING:
    from decaf.base.profile import ProfileName
    from decaf.base.settings import Settings

_SCOPES: dict[str, Any] = {"class": pytest.Class, "module": pytest.Module, "session": pytest.Session}


class Session:
    """The server of a session: the one at `url()`, else one in this process with the settings of the project.

    `url` is called when the server is first needed: the options of a session are known only after its first conftest.
    """

    def __init__(self, config: pytest.Config, url: Callable[[], str | None]) -> None:
        self._config = config
        self._url = url
        self._closing = ExitStack()
        self._test = ExitStack()  # of the present test
        self._profile: ProfileName | None = config.getoption("decaf_profile")
        self._fixed = str(config.getini("decaf_account"))  # of all tests, if it is not empty
        self._every_endpoint = bool(config.getini("decaf_every_endpoint"))
        self._scope: object = None  # the class, module or session whose account it is
        self.account = self._fixed or new_account()

    @cached_property
    def server(self) -> Decaf:
        """The server. Ends the session for settings that it cannot have, and when none answers at the URL."""
        url = self._url()
        return self._closing.enter_context(_attached(url) if url else self.new_server())

    def new_server(self) -> Decaf:
        """Returns a new server in this process, with the settings of the project. Ends the session for bad ones."""
        try:
            return Decaf(self._settings)
        except BadSetting as error:
            raise _end_of_session(error) from None

    def catch_all_clients(self) -> None:
        """Answer every botocore client of the process until `close`, also outside of tests."""
        from decaf.testing.all_clients import answered, hiding, variables

        self._closing.enter_context(variables(hiding()))
        passing = not self._fixed
        self._closing.enter_context(answered(lambda: self.server, self.account, self._every_endpoint, passing))

    def begin(self, item: pytest.Item) -> None:
        """Answer every botocore client in the account of a test, until the next test begins."""
        from decaf.testing.all_clients import answered, pointing, variables

        self._test.close()
        with ExitStack() as stack:
            is_own = item.get_closest_marker("own_decaf") is not None
            decaf = stack.enter_context(self.new_server()) if is_own else self.server
            self._enter_scope(item, decaf, is_own)
            stack.enter_context(variables(pointing(decaf, self.account)))
            passing = not self._fixed
            stack.enter_context(answered(lambda: decaf, self.account, self._every_endpoint, passing))
            stack.callback(let_clock_run, decaf)
            self._test = stack.pop_all()

    def prepare(self, decaf: Decaf, account: str, test: str) -> None:
        """Set the profile of a test's account, with chance that repeats for the test of that name, and declare."""
        profile = self._profile or (self._settings.profile if decaf.is_here else None)
        if profile not in (None, "strict"):
            seed = crc32(f"{self._settings.seed} {test}".encode())
            decaf.control.of(account).set_profile(profile, seed=seed)
        self._declare(decaf, account)

    def _declare(self, decaf: Decaf, account: str) -> None:
        """Create in an account what the project's settings declare, if the server is in this process."""
        from decaf.declared.resource import RESOURCE_KINDS

        if not decaf.is_here:
            return
        settings = self._settings
        if settings.init or any(getattr(settings, kind) for kind in RESOURCE_KINDS):
            from decaf.declared.documents import declared_at_start

            declaration = declared_at_start(replace(settings, init_account=account))
            decaf.call(decaf.world.declared.create, declaration)

    def close(self) -> None:
        """Stop the server, and answer no client any more."""
        self._test.close()
        self._closing.close()

    @cached_property
    def _settings(self) -> Settings:
        try:
            settings = settings_for_tests(self._config.rootpath, self._config.getini("decaf_settings"))
            return replace(settings, profile=self._profile) if self._profile else settings
        except BadSetting as error:
            raise _end_of_session(error) from None

    def _enter_scope(self, item: pytest.Item, decaf: Decaf, is_own: bool) -> None:
        kind = _SCOPES.get(self._config.getini("decaf_scope"))
        scope = None if kind is None else item.getparent(kind) or item.parent  # a function may be in no class
        if scope is not None and scope is self._scope and not is_own:
            return
        if self._fixed:
            decaf.control.reset(self._fixed)
        elif scope is not item.session:
            self.account = new_account()
        self._scope = scope
        self.prepare(decaf, self.account, item.nodeid)


def check_options(config: pytest.Config) -> None:
    """Raise UsageError for a value of pytest's ini file that cannot be."""
    scope, account = config.getini("decaf_scope"), config.getini("decaf_account")
    if scope not in ("function", *_SCOPES):
        raise pytest.UsageError(f"decaf_scope = {scope}: it is one of function, {', '.join(_SCOPES)}")
    if account and not is_account(account):
        raise pytest.UsageError(f"decaf_account = {account}: an account has 12 digits")
    if account and config.getoption("decaf_shared"):
        raise pytest.UsageError("decaf_account does not go with --decaf-shared: workers would empty it for each other")


def _attached(url: str) -> Decaf:
    """Returns the server at `url`, Decaf or another one. Ends the session when none answers."""
    decaf = Decaf.attach(url)
    try:
        decaf.control.health()
    except NoServer as error:
        if isinstance(error.__cause__, ConnectionRefusedError | gaierror):
            raise _end_of_session(f"{error} (the URL is that of --decaf-url or DECAF_URL)") from None
    except Refused:
        pass  # it answers
    return decaf


def _end_of_session(error: BadSetting | str) -> BaseException:
    return pytest.exit.Exception(f"Decaf: {error}", returncode=pytest.ExitCode.USAGE_ERROR)


def let_clock_run(decaf: Decaf) -> None:
    """Let a frozen clock run again: it is the clock of the next test too."""
    if decaf.is_here:
        decaf.call(decaf.world.clock.thaw)
        return
    try:
        if decaf.control.clock().frozen:
            decaf.control.thaw()
    except (NoServer, Refused):
        pass  # another emulator, which has no clock
