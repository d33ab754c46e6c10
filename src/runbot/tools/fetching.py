"""Getting a page: within the network policy, with limits on time, size and redirects."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal

import aiohttp
from yarl import URL

from runbot.domain.errors import RunbotError, Unavailable
from runbot.tools.network import CheckedResolver, NetworkPolicy
from runbot.tools.words import decoded, one_line, size

MAX_BODY: Final = 1024 * 1024
MAX_REDIRECTS: Final = 5
TIMEOUT: Final = 30.0
_CHUNK: Final = 64 * 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_TEXTUAL: Final = ("text/", "application/json", "application/xml", "application/javascript")
# Names of a query's parts that hold what lets people in: api_key, accessToken, X-Amz-Signature.
_SECRET: Final = re.compile(
    r"token|secret|passw|pwd|signature|credential|auth(?!or)|session|jwt|(?:key|pass|sig)$",
    re.IGNORECASE,
)
_HEADERS: Final = {"User-Agent": "Runbot", "Accept": "*/*"}

Method = Literal["GET", "HEAD"]


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back. `cut` tells that the body was longer than what was read of it."""

    url: str
    status: int
    content_type: str
    charset: str | None
    body: bytes
    cut: bool
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the status is one of success."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def answer(self) -> str:
        """The status with its name: "404 Not Found"."""
        try:
            return f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            return str(self.status)

    async def text(self) -> str:
        """The body as text, or a note where it isn't text."""
        kind = self.content_type
        if kind and not kind.startswith(_TEXTUAL) and not kind.endswith(("+json", "+xml")):
            return f"({size(len(self.body))} of {kind}, not shown)" if self.body else ""
        return await decoded(self.body, self.charset)


def shown(url: URL | str) -> str:
    """An address fit to be shown: without query and fragment, which often hold tokens."""
    return one_line(str(_plain(URL(url))), 150)


def linked(url: URL | str) -> str:
    """An address fit to be kept as a link: without user, fragment, or a query with a secret."""
    whole = URL(url)
    secret = any(_SECRET.search(name) for name in whole.query)
    return str(_plain(whole) if secret else whole.with_user(None).with_fragment(None))


def _plain(url: URL) -> URL:
    return url.with_user(None).with_query(None).with_fragment(None)


class Fetcher:
    """Fetches within a policy. Each fetch has its own connection, closed when it ends."""

    def __init__(self, policy: NetworkPolicy, *, timeout: float = TIMEOUT) -> None:
        self._policy = policy
        self._timeout = timeout

    async def fetch(self, url: str, method: Method = "GET", *, limit: int = MAX_BODY) -> Fetched:
        """What the address answers, whatever its status.

        Raises `InvalidInput` or `NotAllowed` where it may not be asked, and `Unavailable`
        where no answer came. Cancelling it closes the connection at once.
        """
        began = time.monotonic()
        target = self._policy.check_url(url)
        connector = aiohttp.TCPConnector(
            resolver=CheckedResolver(self._policy), use_dns_cache=False, force_close=True
        )
        session = aiohttp.ClientSession(
            connector=connector,
            headers=_HEADERS,
            timeout=aiohttp.ClientTimeout(total=None),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # a proxy would connect to addresses that nobody checked
        )
        async with session:
            try:
                async with asyncio.timeout(self._timeout):
                    return await self._follow(session, target, method, limit, began)
            except TimeoutError:
                raise Unavailable(
                    f"{target.host} did not answer in full within {self._timeout:g} seconds."
                ) from None

    async def _follow(
        self, session: aiohttp.ClientSession, target: URL, method: Method, limit: int, began: float
    ) -> Fetched:
        asked = target
        for _ in range(MAX_REDIRECTS + 1):
            try:
                async with session.request(method, target, allow_redirects=False) as response:
                    onward = response.headers.get("Location")
                    if response.status not in _REDIRECTS or not onward:
                        # Where a redirect leads is often an address with a token in its query.
                        final = linked(target if target == asked else _plain(target))
                        return await _read(response, final, limit, began)
            except (aiohttp.ClientError, OSError) as error:
                raise _sentence(error, target) from error
            target = self._next(target, onward)
        raise Unavailable(f"{asked.host} redirected more than {MAX_REDIRECTS} times.")

    def _next(self, here: URL, onward: str) -> URL:
        try:
            there = here.join(URL(onward))
        except ValueError:
            raise Unavailable(f"{here.host} redirected to something that is no address.") from None
        try:
            return self._policy.check_url(there)
        except RunbotError as error:
            raise type(error)(
                f"{here.host} redirected elsewhere. {error.what}", means=error.means, do=error.do
            ) from None


async def _read(response: aiohttp.ClientResponse, url: str, limit: int, began: float) -> Fetched:
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > limit:
            break
    cut = len(body) > limit
    if cut:
        response.close()
    return Fetched(
        url=url,
        status=response.status,
        content_type=response.content_type if "Content-Type" in response.headers else "",
        charset=response.charset,
        body=bytes(body[:limit]),
        cut=cut,
        seconds=time.monotonic() - began,
    )


# What happened, by kind of error, the narrower kinds first.
_CAUSES: Final[tuple[tuple[type[Exception], str, str], ...]] = (
    (TimeoutError, "{place} did not answer in time.", ""),
    (
        aiohttp.ClientConnectorCertificateError,
        "The certificate of {place} is not valid for it, so nothing was sent.",
        "Its owner has to renew or correct the certificate.",
    ),
    (
        aiohttp.ClientConnectorDNSError,
        "There is no host called {host}, or its name can't be looked up.",
        "Check how it is written.",
    ),
    (aiohttp.ClientSSLError, "No secure connection with {place} could be made.", ""),
    (aiohttp.ClientConnectorError, "No connection with {place}: {cause}.", ""),
    (aiohttp.InvalidURL, "The web address of {place} can't be requested.", ""),
    (aiohttp.ClientResponseError, "{place} answered something that is not HTTP.", ""),
    (Exception, "{place} broke off the connection before it had answered in full.", ""),
)


def _sentence(error: aiohttp.ClientError | OSError, target: URL) -> Unavailable:
    """What went wrong, without the error's own text: that can repeat the whole address."""
    what, do = next((what, do) for kind, what, do in _CAUSES if isinstance(error, kind))
    place = f"{target.host}:{target.port}"
    return Unavailable(what.format(place=place, host=target.host, cause=_cause(error)), do=do)


def _cause(error: aiohttp.ClientError | OSError) -> str:
    inner = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(inner, ConnectionRefusedError):
        return "it was refused"
    said = inner.strerror if isinstance(inner, OSError) else None
    return one_line((said or "it could not be made").lower(), 80)
