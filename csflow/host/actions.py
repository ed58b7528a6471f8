"""A host's functions for the calls of a flow: called patiently, with one key a call, and told to the conversation as results."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import logging
import threading
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeVar

from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from csflow.errors import ActionError, StoreError, hint
from csflow.events import Result
from csflow.flow import Flow
from csflow.host.acts import Served
from csflow.host.outbox import Outgoing
from csflow.host.telemetry import Silent
from csflow.spec import CallSpec

T = TypeVar("T")
LOG = logging.getLogger("csflow.host")
PATIENCE = 30.0
"""Seconds that a function may take where neither it nor its call says otherwise."""
LONGEST_WAIT = 30.0
"""Seconds between two attempts at most."""
KEY = "key"
"""The parameter by which a function asks for the idempotency key."""
Function = Callable[..., Any]
Serve = Callable[..., Awaitable[Served]]


@dataclass(frozen=True)
class Action:
    """A function for a call, and how it is called: `Action(check_stock, timeout=2, attempts=5)`.

    Args:
        function: asynchronous, or plain and then run in a thread of its own.
        timeout: seconds for one attempt; the call's `within` if left out, and 30 at most.
        attempts: how often it is tried in all.
        back_off: seconds before the second attempt; doubled before each later one.
        transient: what is tried again; any other exception has the call fail at once.
        failures: after so many failed attempts in a row it is given a rest, and its calls fail at once.
        rest: seconds of that rest; then one call tries whether it works again.
    """

    function: Function
    timeout: float | None = None
    attempts: int = 3
    back_off: float = 0.5
    transient: tuple[type[Exception], ...] = (Exception,)
    failures: int = 5
    rest: float = 30.0


class RestingError(Exception):
    """A function failed too often and is given a rest."""


class _Bound(NamedTuple):
    """An action with what its function takes."""

    action: Action
    timeout: float
    parameters: Mapping[str, inspect.Parameter]
    takes_all: bool

    def values(self, message: Outgoing) -> dict[str, Any]:
        """Return the keywords for a call: what the function has parameters for, or all under their own names."""
        given = {parameter_of(name): value for name, value in message.data["with"].items()}
        found = {KEY: message.key} | given
        named = {name: found.get(name, None if p.default is p.empty else p.default) for name, p in self.parameters.items()}
        rest = {name: value for name, value in message.data["with"].items() if parameter_of(name) not in named}
        return named | rest if self.takes_all else named


class Actions:
    """The functions of a host by the name of the call.

    Raises:
        ActionError: the flow has no such call, people decide it, or the function wants what the call does not give.
    """

    def __init__(
        self, actions: Mapping[str, Function | Action], flows: Collection[Flow], serve: Serve, telemetry: Silent | None = None
    ) -> None:
        self.serve, self.telemetry = serve, telemetry or Silent()
        calls = {name: call for flow in flows for name, call in flow.spec.calls.items()}
        given = {name: {ref for flow in flows for ref in _given(flow, name)} for name in calls}
        self.bound = {name: _bind(name, function, calls, given.get(name, set())) for name, function in actions.items()}
        self.unhandled = sorted(name for name, call in calls.items() if call.by is None and name not in actions)
        self.breakers = AsyncCircuitBreakerFactory()
        self.breakers.add_listener(_tell_circuit)

    def warn(self) -> None:
        """Tell of the calls that wait for a result from elsewhere, since no function is here for them."""
        if self.unhandled:
            LOG.warning(
                "no action is given for %s; these calls wait until `result` tells their outcome", ", ".join(self.unhandled)
            )

    async def call(self, message: Outgoing) -> None:
        """Call the function that a call waits for, and tell the conversation what came of it.

        Raises:
            StoreError: the outcome could not be stored; the function is called again, with the same key.
        """
        with self.telemetry.call(message.name) as told:
            told.outcome, facts = await self._outcome(message)
        outcome = told.outcome
        tell = partial(Result, message.name, serial=message.data["serial"])
        try:
            await self.serve(message.conversation, tell(outcome=outcome, facts=facts), message=message.key)
        except StoreError:
            raise
        except Exception as error:
            if outcome == "failed":
                raise
            LOG.error("%s (%s) returned what the flow does not take: %s", message.name, message.key, error)  # noqa: TRY400 - the sentence says it all
            await self.serve(message.conversation, tell(outcome="failed"), message=message.key)

    async def _outcome(self, message: Outgoing) -> tuple[str, Mapping[str, Any] | None]:
        try:
            return outcome_of(await self._patiently(message.name, self.bound[message.name], message))
        except Exception as error:
            LOG.warning("%s (%s) failed: %s", message.name, message.key, error or type(error).__name__)
            return "failed", None

    async def _patiently(self, name: str, bound: _Bound, message: Outgoing) -> Any:
        """Return what a function returns, tried as often as its action says."""
        action = bound.action
        attempts = AsyncRetrying(
            stop=stop_after_attempt(action.attempts), retry=retry_if_exception(partial(_transient, action)), reraise=True,
            wait=wait_exponential_jitter(multiplier=action.back_off, max=LONGEST_WAIT, jitter=action.back_off / 2),
        )  # fmt: skip
        return await attempts(self._once, name, bound, bound.values(message))

    async def _once(self, name: str, bound: _Bound, values: Mapping[str, Any]) -> Any:
        breaker = await self.breakers.get_breaker(name, bound.action.failures, bound.action.rest)
        try:
            async with breaker, asyncio.timeout(bound.timeout):
                return await _run(bound.action.function, values)
        except OpenedState as error:
            error.with_traceback(None)  # it is one object for as long as the circuit is open, and would gather every frame
            raise RestingError("it failed too often and is given a rest") from None
        except TimeoutError as error:
            raise TimeoutError(str(error) or f"it took longer than {bound.timeout:g} s") from error


def _transient(action: Action, error: BaseException) -> bool:
    return isinstance(error, action.transient) and not isinstance(error, RestingError)


def _tell_circuit(name: str, happened: str, event: Any) -> None:
    if happened == "state_changed":
        LOG.warning("the circuit of %s is %s now", name, event.state)


def outcome_of(given: Any) -> tuple[str, Mapping[str, Any] | None]:
    """Return the outcome and the facts that a function's answer means.

    Raises:
        TypeError: it means nothing.
    """
    if isinstance(given, Mapping):
        return "done", given
    if given is None or given is True or given is False:
        return "denied" if given is False else "done", None
    raise TypeError(f"a function returns facts (a mapping), True, False or None, not {given!r:.60}")


async def _run(function: Function, values: Mapping[str, Any]) -> Any:
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None)):  # noqa: B004 - an object whose call is a coroutine
        return await function(**values)
    outcome = await in_thread(partial(contextvars.copy_context().run, partial(function, **values)))
    return await outcome if inspect.isawaitable(outcome) else outcome


def in_thread(work: Callable[[], T]) -> asyncio.Future[T]:
    """Return the future outcome of work in a thread of its own, which may hang without holding up the end of the process."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            outcome = work()
        except BaseException as error:
            settle(future.set_exception, error)
        else:
            settle(future.set_result, outcome)

    def settle(end: Callable[[Any], None], value: Any) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(lambda: None if future.done() else end(value))

    threading.Thread(target=run, name="csflow-action", daemon=True).start()
    return future


def parameter_of(name: str) -> str:
    """Return the parameter that takes a value of a call: `slots.product` comes as `slots_product`."""
    return name.replace(".", "_")


def _given(flow: Flow, name: str) -> Iterator[str]:
    """Yield the names of what a call is given, in its declaration and by the rules that make it."""
    if name in flow.spec.calls:
        yield from (ref.rstrip("?") for ref in flow.spec.calls[name].with_)
    for rule in (*flow.rules.values(), *(follow_up.rule for follow_up in flow.follow_ups.values())):
        yield from (key for deed in rule.deeds if deed.kind == "call" and deed.name == name for key in deed.values)


def _bind(name: str, given: Function | Action, calls: Mapping[str, CallSpec], values: Collection[str]) -> _Bound:
    action = given if isinstance(given, Action) else Action(given)
    call = calls.get(name)
    if call is None:
        raise ActionError(name, f"the flow has no call of this name{hint(name, calls)}")
    if call.by is not None:
        raise ActionError(name, f"{call.by} decides this call (`by: {call.by}`); it ends by approve or deny")
    parameters = inspect.signature(action.function).parameters
    named = {key: p for key, p in parameters.items() if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)}
    known = {KEY, *map(parameter_of, values)}
    strange = [key for key, p in named.items() if key not in known and p.default is p.empty]
    strange += [key for key, p in parameters.items() if p.kind is p.POSITIONAL_ONLY and p.default is p.empty]
    if strange:
        raise ActionError(name, f"the call gives its function no {strange[0]!r}{hint(strange[0], known)}")
    timeout = action.timeout if action.timeout is not None else min(PATIENCE, call.within or PATIENCE)
    return _Bound(action, timeout, named, any(p.kind is p.VAR_KEYWORD for p in parameters.values()))
