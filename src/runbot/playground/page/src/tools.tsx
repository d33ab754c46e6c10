// What one can do with a message: its toolbar, and the same by single keys while it has the focus.

import { emojiOf } from "./emoji";
import { Icon } from "./icons";
import type { MessageProps } from "./message";
import { MenuButton, type MenuItem } from "./popups";
import { showBlocksOf } from "./subjects";
import type { Message } from "./types";

const QUICK = "white_check_mark";

/** Only what one has said oneself can be changed or taken back. */
export const isOwn = (message: Message, me: string): boolean =>
  message.user === me && !message.subtype && !message.bot_id && !message.ephemeral;

function permalink({ channel, ts, thread_ts: threadTs }: Message): string {
  const query = threadTs && threadTs !== ts ? `?thread_ts=${threadTs}` : "";
  return `${location.origin}/archives/${channel}/p${ts.replace(".", "")}${query}`;
}

function menuItems({ message, session, me, place }: MessageProps): MenuItem[] {
  const { acts, state } = session;
  const items: MenuItem[] = [];
  if (place === "list") {
    items.push({ label: "Mark unread", onPick: () => acts.markUnread(message) });
  }
  items.push({
    label: "Copy link",
    onPick: async () => {
      await navigator.clipboard.writeText(permalink(message));
      session.notify("The link is copied.");
    },
  });
  items.push({ label: "Show blocks", onPick: () => showBlocksOf(message, session) });
  for (const shortcut of state.boot?.shortcuts ?? []) {
    if (shortcut.type !== "message") continue;
    items.push({
      label: shortcut.name,
      onPick: () => acts.shortcut(shortcut.callback_id, message),
    });
  }
  if (isOwn(message, me.id)) {
    items.push({ label: "Edit message", onPick: () => acts.startEditing(message) });
    items.push({ label: "Delete message…", danger: true, onPick: () => acts.remove(message) });
  }
  return items;
}

export function MessageTools(props: MessageProps & { onThread: (() => void) | null }) {
  const { message, session, onThread } = props;
  const pick = (anchor: HTMLElement) =>
    session.set({ picker: { anchor, onPick: (name) => session.acts.react(message, name) } });
  return (
    <div class="message-tools" role="toolbar" aria-label="Message">
      <button
        type="button"
        class="icon-button quick"
        title={`React with :${QUICK}:`}
        aria-label={`React with :${QUICK}:`}
        onClick={() => session.acts.react(message, QUICK)}
      >
        {emojiOf(QUICK)}
      </button>
      <button
        type="button"
        class="icon-button"
        title="Add reaction"
        aria-label="Add reaction"
        data-tool="react"
        onClick={(event) => pick(event.currentTarget)}
      >
        <Icon name="react" />
      </button>
      {onThread && (
        <button
          type="button"
          class="icon-button"
          title="Reply in thread"
          aria-label="Reply in thread"
          onClick={onThread}
        >
          <Icon name="thread" />
        </button>
      )}
      <MenuButton
        label="More for this message"
        items={menuItems(props)}
        buttonProps={{ class: "icon-button" }}
      >
        <Icon name="more" />
      </MenuButton>
    </div>
  );
}

/** Slack's single keys on a focused message; whether the key was one of them. */
export function keyOnMessage(event: KeyboardEvent, message: Message, props: MessageProps): boolean {
  const { session, me, place } = props;
  if (event.ctrlKey || event.metaKey || event.altKey || message.ephemeral) return false;
  const own = isOwn(message, me.id);
  switch (event.key.toLowerCase()) {
    case "t":
    case "enter":
      if (place === "thread") return false;
      session.openThread(message.channel, message.thread_ts || message.ts);
      return true;
    case "r":
      (event.currentTarget as HTMLElement)
        .querySelector<HTMLElement>(`[data-ts="${message.ts}"] [data-tool="react"]`)
        ?.click();
      return true;
    case "e":
      if (own) session.acts.startEditing(message);
      return own;
    case "u":
      if (place === "list") session.acts.markUnread(message);
      return place === "list";
    case "delete":
    case "backspace":
      if (own) session.acts.remove(message);
      return own;
    default:
      return false;
  }
}
