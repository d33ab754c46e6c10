"""What people do with messages: react, change them, send files, and see that others type."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from browser.conftest import PageAs
from browser.talk import composer, messages, say

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)
HOSTILE = "<img src=x onerror=\"document.title='owned'\"> [a](javascript:alert(1)) ![p](data:x)"


async def test_a_reaction_is_picked_counted_and_taken_back(page_as: PageAs) -> None:
    ana, ben = await page_as("ana"), await page_as("ben")
    await say(ana, "It works again")
    said = messages(ana).last
    await said.hover()
    await said.get_by_role("button", name="Add reaction").click()
    picker = ana.get_by_role("dialog", name="Emoji")
    await expect(picker.get_by_role("searchbox")).to_be_focused()
    await picker.get_by_role("searchbox").fill("tada")
    await picker.get_by_role("button", name=":tada:", exact=True).click()
    await expect(picker).to_have_count(0)
    await expect(said.get_by_role("button", name="Add reaction")).to_be_focused()
    seen = messages(ben).last.get_by_role("button", name=":tada:")
    await expect(seen).to_have_attribute("aria-pressed", "false")
    await seen.click()
    await expect(said.get_by_role("button", name=":tada:")).to_contain_text("2")
    await said.get_by_role("button", name=":tada:").click()
    await expect(seen).to_contain_text("1")


async def test_ones_own_message_is_changed_and_deleted(page_as: PageAs) -> None:
    """Up from an empty field opens the editor; Esc leaves all as it was; others' have neither."""
    ana, ben = await page_as("ana"), await page_as("ben")
    await say(ana, "Noon, @ben")
    await expect(messages(ana).last).to_contain_text("Noon")
    await composer(ana).press("ArrowUp")
    editor = ana.get_by_role("textbox", name="Edit message")
    await expect(editor).to_have_value("Noon, @ben")
    await editor.press("Escape")
    await expect(editor).to_have_count(0)
    await expect(messages(ana).last).to_be_focused()
    await ana.keyboard.press("e")
    await editor.fill("One o'clock, @ben")
    await editor.press("Enter")
    await expect(messages(ben).last).to_contain_text("One o'clock, @ben(edited)")
    await messages(ben).last.hover()
    await messages(ben).last.get_by_role("button", name="More for this message").click()
    await expect(ben.get_by_role("menuitem", name="Delete message")).to_have_count(0)
    await messages(ana).last.hover()
    await messages(ana).last.get_by_role("button", name="More for this message").click()
    await ana.get_by_role("menuitem", name="Delete message").click()
    await ana.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(messages(ben)).to_have_count(0)


async def test_files_go_along_and_come_back(page_as: PageAs, tmp_path: Path) -> None:
    """A picture stands in the message; what was taken away before sending isn't sent."""
    ana, ben = await page_as("ana"), await page_as("ben")
    (tmp_path / "graph.png").write_bytes(PIXEL)
    (tmp_path / "notes.txt").write_text("one, two", encoding="utf-8")
    await ana.get_by_label("Files", exact=True).set_input_files(
        [tmp_path / "graph.png", tmp_path / "notes.txt"]
    )
    waiting = ana.get_by_role("list", name="Files to send").get_by_role("listitem")
    await expect(waiting).to_have_count(2)
    await ana.get_by_role("button", name="Remove notes.txt").click()
    await expect(ana.get_by_role("button", name="Send")).to_be_enabled()
    await say(ana, "The graph")
    shown = messages(ben).last
    await expect(shown).to_contain_text("The graph")
    picture = shown.get_by_role("img", name="graph.png")
    await expect(picture).to_have_js_property("naturalWidth", 1)
    async with ben.expect_download() as coming:
        await shown.get_by_role("link", name="Download").click()
    assert Path(await (await coming.value).path()).read_bytes() == PIXEL
    assert await shown.get_by_role("figure").count() == 1


async def test_dropped_and_pasted_files_are_taken(page_as: PageAs) -> None:
    page = await page_as("ana")
    give = """(target, [kind, name]) => {
      const data = new DataTransfer();
      data.items.add(new File(["x"], name, { type: "text/plain" }));
      const options = { bubbles: true, cancelable: true };
      target.dispatchEvent(kind === "paste"
        ? new ClipboardEvent("paste", { ...options, clipboardData: data })
        : new DragEvent("drop", { ...options, dataTransfer: data }));
    }"""
    await page.get_by_role("log").evaluate(give, ["drop", "dropped.txt"])
    await composer(page).evaluate(give, ["paste", "pasted.txt"])
    waiting = page.get_by_role("list", name="Files to send")
    for name in ("dropped.txt", "pasted.txt"):
        await expect(waiting.get_by_role("button", name=f"Remove {name}")).to_be_visible()
    await composer(page).press("Enter")
    await expect(messages(page).last.get_by_role("figure")).to_have_count(2)


async def test_one_sees_who_types(page_as: PageAs) -> None:
    ana, ben = await page_as("ana"), await page_as("ben")
    await composer(ben).press_sequentially("Just a")
    await expect(ana.get_by_text("Ben is typing…")).to_be_visible()
    await composer(ben).press("Enter")
    await expect(messages(ana).last).to_contain_text("Just a")
    await expect(ana.get_by_text("Ben is typing…")).to_have_count(0)


async def test_an_emoji_is_completed_by_its_name(page_as: PageAs) -> None:
    page = await page_as("ana")
    await composer(page).press_sequentially("Well done :tad")
    await expect(page.get_by_role("option", name=":tada:")).to_be_visible()
    await composer(page).press("Tab")
    await expect(composer(page)).to_have_value("Well done :tada: ")
    await composer(page).press("Enter")
    await expect(messages(page).last).to_contain_text("Well done 🎉")


@pytest.mark.parametrize("text", [HOSTILE, "x" * 3_999, "*" * 2_000, "<" * 999 + ">" * 999])
async def test_no_text_executes_or_breaks_the_page(page_as: PageAs, text: str) -> None:
    page = await page_as("ana")
    await say(page, text)
    await expect(messages(page).last.locator(".text")).to_have_text(text)
    assert await messages(page).last.locator(".text :is(img, script, a)").count() == 0
    assert await page.title() != "owned"
    assert await page.evaluate("document.documentElement.scrollWidth") == 1280
