// Keys that work anywhere on the page, and what the help says about them.

import type { Session } from "./session";
import type { Place } from "./types";

export const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const CTRL = IS_MAC ? "⌘" : "Ctrl";
const ALT = IS_MAC ? "⌥" : "Alt";

/** The help's rows: keys, and what they do. */
export const SHORTCUTS: [string, string][] = [
  [`${CTRL}+K`, "Go to a conversation, a person or a place"],
  [`${ALT}+↑ / ${ALT}+↓`, "The conversation before, the next one"],
  [`${ALT}+Shift+↑ / ↓`, "The unread conversation before, the next one"],
  [`${CTRL}+Shift+T`, "Your threads (where the browser leaves it to the page)"],
  [`${CTRL}+.`, "The inspector: what passes between Slack and the app"],
  ["F6", "From the sidebar to the messages, to where one writes, to the thread"],
  ["↑ in an empty field", "Edit your last message"],
  ["↑ / ↓ in the list", "From message to message"],
  ["T or Enter · R · E · U · Delete", "On a message: thread, react, edit, mark unread, delete"],
  ["Esc", "Close what is open; then mark the conversation read"],
  [`${CTRL}+/`, "This help"],
];

function placesOf({ state }: Session, onlyUnread: boolean): Place[] {
  const named = state.conversations.filter((one) => one.kind !== "im");
  const direct = state.conversations.filter((one) => one.kind === "im");
  return [...named, ...direct]
    .filter((one) => !onlyUnread || one.unread)
    .map((one) => ({ kind: "conversation", channel: one.id }));
}

function step(session: Session, by: number, onlyUnread: boolean): void {
  const places = placesOf(session, onlyUnread);
  if (!places.length) return;
  const { place } = session.state;
  const at = places.findIndex(
    (one) =>
      one.kind === "conversation" &&
      place?.kind === "conversation" &&
      one.channel === place.channel,
  );
  const next = at < 0 ? (by > 0 ? 0 : places.length - 1) : at + by;
  session.goTo(places[(next + places.length) % places.length]);
}

const PANES = [
  ".sidebar [aria-current=page], .sidebar button",
  ".main-pane .list, .main-pane .home",
  ".main-pane [data-composer]",
  ".thread-pane .list",
  ".thread-pane [data-composer]",
];

function nextPane(back: boolean): void {
  const found = PANES.map((selector) => document.querySelector<HTMLElement>(selector)).filter(
    (one): one is HTMLElement => one !== null && one.offsetParent !== null,
  );
  const active = document.activeElement;
  const at = found.findLastIndex(
    (one) => one === active || one.closest(".sidebar, .list")?.contains(active),
  );
  found[(at + (back ? -1 : 1) + found.length) % found.length]?.focus();
}

function escape(session: Session): boolean {
  const { state } = session;
  if (state.thread) session.closeThread();
  else if (state.place?.kind === "conversation" && state.fresh.has(state.place.channel)) {
    const fresh = new Map(state.fresh);
    fresh.delete(state.place.channel);
    session.set({ fresh, heldUnread: null });
    session.markRead(state.place.channel, { came: false });
  } else return false;
  document.querySelector<HTMLElement>(".main-pane [data-composer]")?.focus();
  return true;
}

/** Whether something lies over the page that has keys of its own. */
const isCovered = (): boolean =>
  document.querySelector("dialog[open], [popover]:popover-open") !== null;

function handle(session: Session, event: KeyboardEvent): boolean {
  const key = event.key.toLowerCase();
  const command = IS_MAC ? event.metaKey : event.ctrlKey;
  const { dialog } = session.state;
  if (command && key === "k" && (dialog === "switcher" || !isCovered())) {
    session.set({ dialog: dialog === "switcher" ? null : "switcher" });
    return true;
  }
  if (isCovered()) return false;
  if (command && key === "/") session.set({ dialog: "help" });
  else if (command && event.shiftKey && key === "t") session.goTo({ kind: "threads" });
  else if (event.altKey && key === "arrowdown") step(session, 1, event.shiftKey);
  else if (event.altKey && key === "arrowup") step(session, -1, event.shiftKey);
  else if (key === "f6") nextPane(event.shiftKey);
  else if (key === "escape") return escape(session);
  else return false;
  return true;
}

export function followKeys(session: Session): void {
  addEventListener("keydown", (event) => {
    if (session.state.phase !== "ready" || event.defaultPrevented) return;
    if (handle(session, event)) event.preventDefault();
  });
}
