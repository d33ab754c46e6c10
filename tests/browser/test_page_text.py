"""How the page draws text and blocks: as Slack does, and never as HTML."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from browser.conftest import PageAs
from playground.bolt_apps import ConnectedApp
from runbot.playground import Playground

# Reads a drawn element back as markup, leaving out what only serves style and help.
MARKUP = """element => {
  const copy = element.cloneNode(true);
  for (const node of copy.querySelectorAll("*")) {
    for (const {name} of [...node.attributes]) if (name !== "href") node.removeAttribute(name);
  }
  return copy.innerHTML.replaceAll(/<\\/?(span|button|time)>/g, "");
}"""

MRKDWN = [
    ("*bold* _it_ ~gone~ `x*y*`", "<b>bold</b> <i>it</i> <s>gone</s> <code>x*y*</code>"),
    ("*a _b_ c*", "<b>a <i>b</i> c</b>"),
    ("snake_case_name 2*3*4 a~b~c", "snake_case_name 2*3*4 a~b~c"),
    ("* not bold * and ** nor this **", "* not bold * and ** nor this **"),
    ("(*in brackets*), *end*.", "(<b>in brackets</b>), <b>end</b>."),
    ("a\n\nb", "a\n\nb"),
    ("• one\n1. two", "• one\n1. two"),
    ("&gt; one\n> two\nthree", "<blockquote>one\ntwo</blockquote>three"),
    ("&gt;&gt;&gt; all\nof it", "<blockquote>all\nof it</blockquote>"),
    ("see ```\nlet *x* = 1;\n``` ok", "see <pre>let *x* = 1;</pre> ok"),
    ("&lt;b&gt; &amp;amp; <b>raw</b>", "&lt;b&gt; &amp;amp; &lt;b&gt;raw&lt;/b&gt;"),
    ("<!here> <!channel> <!subteam^S1|@ops>", "@here @channel @ops"),
    ("<https://a.example|*A*>", '<a href="https://a.example">*A*</a>'),
    ("<mailto:a@b.example|a@b.example>", '<a href="mailto:a@b.example">a@b.example</a>'),
    ("<data:text/html,x|click> <file:///etc|f>", "click f"),
    (
        "go to https://a.example/x?b=1&amp;c=2.",
        'go to <a href="https://a.example/x?b=1&amp;c=2">https://a.example/x?b=1&amp;c=2</a>.',
    ),
    (":tada: :no_such_emoji: 12:30:45", "🎉 :no_such_emoji: 12:30:45"),
    ("<!date^1700000000^{date_num} {time}|then>", "2023-11-14 11:13 PM"),
    ("<!date^1700000000^{date} at {time_secs}|then>", "November 14th, 2023 at 11:13:20 PM"),
    ("<!date^1700000000^{date_short}^https://a.example/|then>",
     '<a href="https://a.example/">Nov 14, 2023</a>'),
    ("<!date^1700000000^{nothing}|then> <!date^x^{date}|z>", "then &lt;!date^x^{date}|z&gt;"),
    ("{{base_url}} *{{a}}*", "{{base_url}} <b>{{a}}</b>"),
    ("<@U404|gone> <#C404|away>", "@gone #away"),
]  # fmt: skip

MARKDOWN = [
    ("# One\n\nTwo **b** *i* ~~s~~ `c`",
     "<div>One</div><p>Two <b>b</b> <i>i</i> <s>s</s> <code>c</code></p>"),
    ("1. a\n2. b\n   - c\n   - d\n3. e",
     "<ol><li>a</li><li>b<ul><li>c</li><li>d</li></ul></li><li>e</li></ol>"),
    ("> q\n\n---\n\n```sh\n$ ls *\n```", "<blockquote><p>q</p></blockquote><hr><pre>$ ls *</pre>"),
    ("[a](https://a.example) [b](javascript:alert(1))",
     '<p><a href="https://a.example">a</a> b</p>'),
    ("<script>alert(1)</script> 2 \\* 3 snake_case_name",
     "<p>&lt;script&gt;alert(1)&lt;/script&gt; 2 * 3 snake_case_name</p>"),
    ("| a |\n|---|\n| 1 |",
     "<div><table><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table></div>"),
]  # fmt: skip


def drawn(page: Page) -> Locator:
    return page.get_by_role("log").get_by_role("article")


async def test_mrkdwn_is_drawn_as_in_slack(
    page_as: PageAs, app: ConnectedApp, playground: Playground
) -> None:
    """Each sample as a section, read back as markup; times are in Ana's zone, Madrid."""
    sections = [{"type": "section", "text": {"type": "mrkdwn", "text": one}} for one, _ in MRKDWN]
    # In one message: of a list of messages, the page draws those that are near what is seen.
    await app.client.chat_postMessage(channel="#general", text="x", blocks=sections)
    page = await page_as("ana")
    texts = drawn(page).locator(".section .text")
    await expect(texts).to_have_count(len(MRKDWN))
    shown = await texts.evaluate_all(f"all => all.map({MARKUP})")
    assert list(zip([source for source, _ in MRKDWN], shown, strict=True)) == MRKDWN
    assert playground.person("ana").user.tz == "Europe/Madrid"


async def test_markdown_blocks_are_drawn(page_as: PageAs, app: ConnectedApp) -> None:
    blocks = [{"type": "markdown", "text": source} for source, _ in MARKDOWN]
    await app.client.chat_postMessage(channel="#general", text="x", blocks=blocks)
    page = await page_as("ana")
    texts = drawn(page).locator(".markdown")
    await expect(texts).to_have_count(len(MARKDOWN))
    shown = await texts.evaluate_all(f"all => all.map({MARKUP})")
    assert list(zip([source for source, _ in MARKDOWN], shown, strict=True)) == MARKDOWN


def rich(*elements: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "rich_text", "elements": list(elements)}]


def words(text: str, **style: bool) -> dict[str, Any]:
    piece: dict[str, Any] = {"type": "text", "text": text}
    return {**piece, "style": style} if style else piece


BLOCKS = [
    ("header", [{"type": "header", "text": {"type": "plain_text", "text": "A *head* :tada:"}}],
     "A *head* 🎉"),
    ("fields", [{"type": "section", "fields": [{"type": "mrkdwn", "text": "*Status*\nDraft"},
                                               {"type": "plain_text", "text": "*4*"}]}],
     "Status Draft*4*"),
    ("context", [{"type": "context", "elements": [{"type": "mrkdwn", "text": "by _ana_"}]}],
     "by ana"),
    ("table", [{"type": "table", "rows": [[{"type": "raw_text", "text": "Run"}],
                                          [{"type": "raw_text", "text": "1042"}]]}],
     "Run1042"),
    ("rich", rich({"type": "rich_text_section",
                   "elements": [words("now ", bold=True), {"type": "emoji", "name": "fire"}]},
                  {"type": "rich_text_list", "style": "ordered", "elements": [
                      {"type": "rich_text_section", "elements": [words("first")]}]}),
     "now 🔥first"),
    ("image", [{"type": "image", "image_url": "https://a.example/x.png", "alt_text": "A chart"}],
     "🖼 A chart"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "blocks", "seen"), BLOCKS, ids=[name for name, *_ in BLOCKS])
async def test_blocks_are_drawn(
    page_as: PageAs, app: ConnectedApp, name: str, blocks: list[dict[str, Any]], seen: str
) -> None:
    """A picture of another site isn't fetched: its words stand for it."""
    await app.client.chat_postMessage(channel="#general", text=name, blocks=json.dumps(blocks))
    page = await page_as("ana")
    await expect(drawn(page).locator(".message-body")).to_have_text(seen)
