"""Which hosts the network policy lets tools reach, however an address is spelled."""

from __future__ import annotations

import contextlib
from ipaddress import ip_address

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from runbot.domain.errors import InvalidInput, NotAllowed, RunbotError, Unavailable
from runbot.tools.fetching import Fetcher
from runbot.tools.network import NetworkPolicy, refusal
from unit.tools.servers import Site

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "198.18.0.1",
    "192.88.99.1",
    "192.0.2.1",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "100::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
]
PUBLIC = [
    "1.1.1.1",
    "93.184.215.14",
    "172.32.0.1",
    "2606:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
    "2002:101:101::1",
]


@pytest.mark.parametrize("text", PRIVATE)
def test_an_address_that_is_not_public_is_refused(text: str) -> None:
    assert refusal(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_reached(text: str) -> None:
    assert refusal(ip_address(text)) is None


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_inside_ipv6(address: object) -> None:
    plain = ip_address(str(address))
    value = int(plain)
    mapped = ip_address(f"::ffff:{plain}")
    nat64 = ip_address(int(ip_address("64:ff9b::")) + value)
    six_to_four = ip_address((0x2002 << 112) + (value << 80) + 1)
    assert refusal(mapped) == refusal(nat64) == refusal(six_to_four) == refusal(plain)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.0.0.1./",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://127.0.1/",
        "http://①②⑦.⓪.⓪.①/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[fe80::1%25lo]/",
        "http://user:password@example.com/",
        "http://user@example.com/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "javascript:alert(1)",
    ],
)
def test_a_url_that_leads_inside_is_refused_before_any_connection(url: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        NetworkPolicy().check_url(url)
    assert "password" not in refused.value.sentence.replace("name or password", "")


@pytest.mark.parametrize(
    "url", ["", "/health", "example.com", "http://", "http:///x", "http://a b/"]
)
def test_what_is_no_whole_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        NetworkPolicy().check_url(url)


@pytest.mark.parametrize("host", ["localhost", "localhost.", "LOCALHOST", "127.0.0.1.nip.io"])
async def test_a_name_is_judged_by_where_it_leads(host: str) -> None:
    async def lookup(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    with pytest.raises(NotAllowed, match=r"may not reach .*this machine itself"):
        await NetworkPolicy(lookup=lookup).addresses(host, 80)


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    async def lookup(_host: str, _port: int) -> list[str]:
        return ["1.1.1.1", "10.0.0.1"]

    with pytest.raises(NotAllowed):
        await NetworkPolicy(lookup=lookup).addresses("mixed.test", 80)


@pytest.mark.parametrize(
    ("allow", "url", "reached"),
    [
        (["10.0.0.0/8"], "http://10.9.8.7/", True),
        (["10.0.0.0/8"], "http://11.0.0.1./", False),
        (["10.0.0.0/8"], "http://192.168.0.1/", False),
        (["127.0.0.1"], "http://127.0.0.1:8080/", True),
        (["127.0.0.1:8080"], "http://127.0.0.1:8080/", True),
        (["127.0.0.1:8080"], "http://127.0.0.1:8081/", False),
        (["[::1]:8080"], "http://[::1]:8080/", True),
        (["10.0.0.0/8"], "http://[::ffff:10.0.0.1]/", True),
        (["169.254.169.254"], "http://169.254.169.254/", True),
    ],
)
def test_the_operator_can_allow_addresses(allow: list[str], url: str, reached: bool) -> None:  # noqa: FBT001 - a table's column
    policy = NetworkPolicy(allow)
    if reached:
        assert policy.check_url(url).host
    else:
        with pytest.raises(NotAllowed):
            policy.check_url(url)


@pytest.mark.parametrize(
    ("allow", "address", "reached"),
    [
        (["db.internal"], "10.0.0.5", True),
        (["DB.internal."], "10.0.0.5", True),
        (["db.internal:80"], "10.0.0.5", True),
        (["db.internal:81"], "10.0.0.5", False),
        (["internal"], "10.0.0.5", False),
        (["db.internal"], "169.254.169.254", False),
        (["db.internal"], "0.0.0.0", False),
        (["db.internal", "169.254.0.0/16"], "169.254.169.254", True),
    ],
)
async def test_a_name_that_is_allowed_may_lead_to_private_but_not_to_metadata_addresses(
    allow: list[str],
    address: str,
    reached: bool,  # noqa: FBT001 - a table's column
) -> None:
    async def lookup(_host: str, _port: int) -> list[str]:
        return [address]

    policy = NetworkPolicy(allow, lookup=lookup)
    if reached:
        assert await policy.addresses("db.internal", 80) == [ip_address(address)]
    else:
        with pytest.raises(NotAllowed) as refused:
            await policy.addresses("db.internal", 80)
        assert "RUNBOT_ALLOW_HOSTS" in refused.value.sentence


@pytest.mark.parametrize("entry", ["http://example.com", "a/b", "10.0.0.0/99", "host:0", "a:99999"])
def test_an_entry_that_is_no_host_is_refused_at_start(entry: str) -> None:
    with pytest.raises(InvalidInput, match="RUNBOT_ALLOW_HOSTS"):
        NetworkPolicy([entry])


async def test_the_connection_goes_to_the_very_address_that_was_checked(site: Site) -> None:
    """A name that changes its answer between check and connection gains nothing."""
    answers = [["127.0.0.1"], ["127.0.0.9"], ["127.0.0.9"]]
    asked: list[str] = []

    async def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return answers[len(asked) - 1]

    site.answers("/", text="the checked one")
    fetcher = Fetcher(NetworkPolicy(["127.0.0.1/32"], lookup=rebinding))
    page = await fetcher.fetch(f"http://rebind.test:{site.port}/")
    assert await page.text() == "the checked one"
    assert asked == ["rebind.test"]
    with pytest.raises(NotAllowed, match=r"rebind\.test \(127\.0\.0\.9\)"):
        await fetcher.fetch(f"http://rebind.test:{site.port}/")


async def test_every_hop_is_resolved_and_checked_again(site: Site) -> None:
    async def lookup(host: str, _port: int) -> list[str]:
        return {"outside.test": ["127.0.0.1"], "inside.test": ["10.0.0.1"]}[host]

    site.redirects("/", f"http://inside.test:{site.port}/secret")
    site.answers("/secret", text="secret")
    fetcher = Fetcher(NetworkPolicy(["127.0.0.1"], lookup=lookup))
    with pytest.raises(NotAllowed, match=r"inside\.test \(10\.0\.0\.1\)"):
        await fetcher.fetch(f"http://outside.test:{site.port}/")
    assert site.hits == ["/"]


async def test_a_name_without_any_address_does_not_exist() -> None:
    async def lookup(_host: str, _port: int) -> list[str]:
        return []

    with pytest.raises(Unavailable, match=r"no host called empty\.test"):
        await Fetcher(NetworkPolicy(lookup=lookup)).fetch("http://empty.test/")


async def test_the_host_header_keeps_the_name(site: Site) -> None:
    async def lookup(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    async def echo(request: web.Request) -> web.StreamResponse:
        return web.Response(text=request.host)

    site.routes["/"] = echo
    fetcher = Fetcher(NetworkPolicy(["127.0.0.1"], lookup=lookup))
    page = await fetcher.fetch(f"http://named.test:{site.port}/")
    assert await page.text() == f"named.test:{site.port}"


@given(st.text(max_size=60))
def test_any_text_is_either_a_web_address_or_refused_in_a_sentence(text: str) -> None:
    for url in (text, f"http://{text}", f"http://{text}/x"):
        with contextlib.suppress(RunbotError):
            assert NetworkPolicy().check_url(url).scheme in {"http", "https"}
