"""What `web_fetch` reports, and that it never holds on to anything."""

from __future__ import annotations

import asyncio
import gzip
import re
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import ValidationError

from runbot.tools.contract import ToolContext, ToolResult
from runbot.tools.fetching import MAX_BODY, Fetcher, linked
from runbot.tools.network import NetworkPolicy
from runbot.tools.web_fetch import WebFetch, WebFetchArguments
from runbot.tools.words import decoded
from unit.tools.servers import DEADLINE, Site, serving, tcp_server


async def fetch(
    fetcher: Fetcher, context: ToolContext, url: str, method: str = "GET"
) -> ToolResult:
    arguments = WebFetchArguments.model_validate({"url": url, "method": method})
    return await WebFetch(fetcher).run(arguments, context)


async def test_success_tells_status_size_and_time(
    site: Site, fetcher: Fetcher, context: ToolContext
) -> None:
    site.answers("/health", text="all well", content_type="text/plain")
    result = await fetch(fetcher, context, f"{site.url}/health")
    assert result.ok
    assert re.fullmatch(r"200 OK, 8 bytes in (under )?0\.\d\d s", result.summary)
    assert result.output == "all well"
    assert result.facts["status"] == 200
    assert result.facts["bytes"] == 8
    assert result.facts["content_type"] == "text/plain"
    assert result.sources[0].url == f"{site.url}/health"


@pytest.mark.parametrize("status", [399, 404, 500, 304])
async def test_any_status_but_2xx_is_a_failure_with_its_body(
    status: int, site: Site, fetcher: Fetcher, context: ToolContext
) -> None:
    site.answers("/", status=status, text=None if status == 304 else "sorry")
    result = await fetch(fetcher, context, f"{site.url}/")
    assert not result.ok
    assert not result.unknown
    assert result.facts["status"] == status
    assert result.summary.startswith(str(status))


async def test_head_reads_no_body(site: Site, fetcher: Fetcher, context: ToolContext) -> None:
    site.answers("/", text="x" * 1000)
    result = await fetch(fetcher, context, f"{site.url}/", "HEAD")
    assert result.ok
    assert result.output == ""
    assert result.summary.startswith("200 OK in ")


async def test_a_huge_body_is_read_up_to_the_limit(
    site: Site, fetcher: Fetcher, context: ToolContext
) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        while True:
            await response.write(b"a" * 65536)

    site.routes["/"] = endless
    result = await fetch(fetcher, context, f"{site.url}/")
    assert result.ok
    assert len(result.output) == MAX_BODY
    assert result.facts["cut"] is True
    assert result.summary.startswith("200 OK, more than 1.0 MiB in ")


async def test_a_compressed_bomb_is_read_up_to_the_limit(
    site: Site, fetcher: Fetcher, context: ToolContext
) -> None:
    bomb = gzip.compress(b"a" * (20 * MAX_BODY))
    site.answers("/", body=bomb, headers={"Content-Encoding": "gzip", "Content-Type": "text/plain"})
    result = await fetch(fetcher, context, f"{site.url}/")
    assert len(result.output) == MAX_BODY
    assert result.facts["cut"] is True


@pytest.mark.parametrize(
    ("content_type", "body", "output"),
    [
        ("text/plain; charset=iso-8859-1", b"caf\xe9", "café"),
        ("text/plain", b"caf\xe9", "caf\ufffd"),
        ("text/plain; charset=nonsense", b"ok", "ok"),
        ("text/plain; charset=zlib", b"ok", "ok"),
        ("text/plain; charset=idna", b"xn--mnchen-3ya", "xn--mnchen-3ya"),
        ("text/plain; charset=punycode", b"mnchen-3ya", "mnchen-3ya"),
        ("text/plain; charset=utf-7", b"+AGE-", "+AGE-"),
        ("text/plain; charset=rot13", b"nop", "nop"),
        ("text/plain; charset=hex", b"6f6b", "6f6b"),
        ("text/plain; charset=bz2", b"ok", "ok"),
        ("text/plain; charset=unicode_escape", rb"\x41", r"\x41"),
        ("text/plain; charset=iso-8859-99", b"ok", "ok"),
        ("text/plain; charset=Windows-1252", b"\x80", "€"),
        ("text/plain; charset=KOI8-R", b"\xc1", "а"),
        ("text/plain; charset=Shift_JIS", b"\x83\x89", "ラ"),
        ("text/plain; charset=EUC-KR", b"\xb0\xa1", "가"),
        ("text/plain; charset=gb18030", b"\xd6\xd0", "中"),
        ("text/plain; charset=big5", b"\xa4\xa4", "中"),
        ("text/plain; charset=utf-16", b"\xff\xfeo\x00k\x00", "ok"),
        ("text/plain", b"a\x00b", "a\ufffdb"),
        ("application/problem+json", b"{}", "{}"),
        ("image/png", b"\x89PNG", "(4 bytes of image/png, not shown)"),
    ],
)
async def test_body_is_decoded_by_its_charset_and_always_storable(
    content_type: str,
    body: bytes,
    output: str,
    site: Site,
    fetcher: Fetcher,
    context: ToolContext,
) -> None:
    site.answers("/", body=body, headers={"Content-Type": content_type})
    result = await fetch(fetcher, context, f"{site.url}/")
    assert result.output == output


@pytest.mark.timeout(20)
async def test_a_page_in_a_slow_charset_holds_up_nothing(
    site: Site, fetcher: Fetcher, context: ToolContext
) -> None:
    body = b"a" * (MAX_BODY // 2) + b"-" + b"9" * (MAX_BODY // 2 - 1)
    site.answers("/", body=body, headers={"Content-Type": "text/plain; charset=punycode"})
    result = await fetch(fetcher, context, f"{site.url}/")
    assert result.output == body.decode()


async def test_much_text_is_decoded_while_other_work_goes_on() -> None:
    body = "中".encode("gb18030") * 2_500_000
    decoding = asyncio.create_task(decoded(body, "gb18030"))
    turns = 0
    while not decoding.done():
        await asyncio.sleep(0)
        turns += 1
    assert len(await decoding) == 2_500_000
    assert turns > 1


@pytest.mark.parametrize(
    ("asked", "link"),
    [
        ("/a?page=2&sort=author", "/a?page=2&sort=author"),
        ("/a?access_token=s3cret", "/a"),
        ("/a?page=2&apiKey=s3cret", "/a"),
        ("/a?X-Amz-Signature=s3cret&x=1", "/a"),
        ("/a?client_secret=s3cret", "/a"),
        ("/a?PASSWORD=s3cret", "/a"),
        ("/a?sig=s3cret", "/a"),
        ("/a#s3cret", "/a"),
    ],
)
async def test_a_link_to_what_was_fetched_holds_no_secret(
    asked: str, link: str, site: Site, fetcher: Fetcher, context: ToolContext
) -> None:
    site.answers("/a", text="here")
    result = await fetch(fetcher, context, f"{site.url}{asked}")
    assert result.output == "here"
    assert result.sources[0].url == f"{site.url}{link}"
    assert "s3cret" not in result.model_dump_json()


def test_a_link_holds_neither_user_nor_password() -> None:
    assert linked("https://ana:s3cret@app.example/a?x=1") == "https://app.example/a?x=1"


async def test_redirects_are_followed_to_the_end(
    site: Site, fetcher: Fetcher, context: ToolContext
) -> None:
    site.redirects("/a", "/b?token=secret")
    site.answers("/b", text="here")
    result = await fetch(fetcher, context, f"{site.url}/a")
    assert result.ok
    assert site.hits == ["/a", "/b"]
    assert result.sources[0].url == f"{site.url}/b"


async def test_a_redirect_that_never_ends_is_given_up(
    site: Site, fetcher: Fetcher, context: ToolContext
) -> None:
    site.redirects("/", "/")
    result = await fetch(fetcher, context, f"{site.url}/")
    assert not result.ok
    assert result.summary == "127.0.0.1 redirected more than 5 times."
    assert len(site.hits) == 6


async def test_the_body_of_a_redirect_is_not_waited_for(
    site: Site, fetcher: Fetcher, context: ToolContext
) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=302, headers={"Location": "/here"})
        await response.prepare(request)
        while True:
            await response.write(b"a" * 65536)

    site.routes["/"] = endless
    site.answers("/here", text="here")
    assert (await fetch(fetcher, context, f"{site.url}/")).output == "here"


async def test_a_redirect_into_a_private_network_is_refused(
    site: Site, fetcher: Fetcher, context: ToolContext
) -> None:
    other = "http://127.0.0.1:1/admin"
    site.redirects("/", other)
    result = await fetch(fetcher, context, f"{site.url}/")
    assert not result.ok
    assert "127.0.0.1 redirected elsewhere. Tools may not reach 127.0.0.1" in result.summary
    assert "RUNBOT_ALLOW_HOSTS" in result.summary


async def test_a_redirect_to_a_file_is_refused(
    site: Site, fetcher: Fetcher, context: ToolContext
) -> None:
    site.redirects("/", "file:///etc/passwd")
    result = await fetch(fetcher, context, f"{site.url}/")
    assert not result.ok
    assert "only with http or https, not with file" in result.summary


async def test_a_refused_connection_is_a_sentence(context: ToolContext) -> None:
    async with tcp_server(lambda _r, _w: asyncio.sleep(0)) as port:
        pass  # closed again: nothing listens there now
    fetcher = Fetcher(NetworkPolicy(["127.0.0.1"]))
    result = await fetch(fetcher, context, f"http://127.0.0.1:{port}/")
    assert result.summary == f"No connection with 127.0.0.1:{port}: it was refused."


async def test_an_unknown_host_is_a_sentence(context: ToolContext) -> None:
    fetcher = Fetcher(NetworkPolicy())
    result = await fetch(fetcher, context, "https://nowhere.invalid/health?token=s3cret")
    assert not result.ok
    assert result.summary.startswith("There is no host called nowhere.invalid")
    assert "s3cret" not in result.model_dump_json()


async def test_a_server_without_tls_is_a_sentence(
    site: Site, fetcher: Fetcher, context: ToolContext
) -> None:
    result = await fetch(fetcher, context, f"https://127.0.0.1:{site.port}/")
    assert result.summary == f"No secure connection with 127.0.0.1:{site.port} could be made."


async def test_a_certificate_that_nobody_knows_is_a_sentence_and_nothing_is_sent(
    certificate: Path, context: ToolContext
) -> None:
    served = asyncio.Event()

    async def talk(_request: web.BaseRequest) -> web.StreamResponse:
        served.set()
        return web.Response()

    server = web.ServerRunner(web.Server(talk))
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0, ssl_context=serving(certificate)).start()
    port = server.addresses[0][1]
    result = await fetch(
        Fetcher(NetworkPolicy(["127.0.0.1"])), context, f"https://127.0.0.1:{port}"
    )
    await server.cleanup()
    assert result.summary.startswith(f"The certificate of 127.0.0.1:{port} is not valid for it")
    assert not served.is_set()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", "answered something that is not HTTP."),
        (b"", "broke off the connection before it had answered in full."),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
            "broke off the connection before it had answered in full.",
        ),
    ],
)
async def test_a_broken_answer_is_a_sentence(
    answer: bytes, sentence: str, context: ToolContext
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    async with tcp_server(talk) as port:
        fetcher = Fetcher(NetworkPolicy(["127.0.0.1"]))
        result = await fetch(fetcher, context, f"http://127.0.0.1:{port}/")
    assert result.summary == f"127.0.0.1:{port} {sentence}"


async def test_a_slow_body_is_cut_off_in_time(site: Site, context: ToolContext) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b".")
            await asyncio.sleep(0.01)

    site.routes["/"] = drip
    fetcher = Fetcher(NetworkPolicy(["127.0.0.1"]), timeout=0.2)
    result = await fetch(fetcher, context, f"{site.url}/")
    assert result.summary == "127.0.0.1 did not answer in full within 0.2 seconds."
    await asyncio.wait_for(site.broken_off.wait(), DEADLINE)


async def test_cancelling_closes_the_connection_at_once(
    site: Site, fetcher: Fetcher, context: ToolContext
) -> None:
    asked = asyncio.Event()

    async def hang(_: web.Request) -> web.StreamResponse:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    site.routes["/"] = hang
    task = asyncio.create_task(fetch(fetcher, context, f"{site.url}/"))
    await asyncio.wait_for(asked.wait(), DEADLINE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(site.broken_off.wait(), DEADLINE)


async def test_no_proxy_of_the_environment_is_used(
    site: Site, fetcher: Fetcher, context: ToolContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    site.answers("/", text="direct")
    assert (await fetch(fetcher, context, f"{site.url}/")).output == "direct"


@pytest.mark.parametrize("url", ["/health", "ftp://example.com/x", "example.com", "", "http://"])
def test_an_address_that_is_not_whole_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValidationError, match="starts with http:// or https://"):
        WebFetchArguments(url=url)


def test_an_address_as_slack_writes_it_is_taken() -> None:
    assert WebFetchArguments(url="<https://example.com/a|example>").url == "https://example.com/a"
