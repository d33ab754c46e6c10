// What a composer offers while one types: commands after "/", people after "@", channels after "#",
// emoji after ":".

import { findEmoji } from "./picker";
import type { Boot, Conversation, Person } from "./types";

const MOST = 8;
const EMOJI_LETTERS = 2; // ":s" alone is more often a smiley than the start of a name

export interface Offer {
  text: string;
  label: string;
  note?: string;
}

export interface Completions {
  from: number; // where the typed word starts
  offers: Offer[];
}

export interface Offered {
  commands: Boot["commands"];
  people: Person[];
  channels: Conversation[];
}

function commandsFor(typed: string, { commands }: Offered): Offer[] {
  return commands
    .filter((one) => one.command.startsWith(typed.toLowerCase()))
    .map((one) => ({
      text: `${one.command} `,
      label: `${one.command} ${one.usage_hint ?? ""}`,
      note: one.description,
    }));
}

function peopleFor(wanted: string, { people }: Offered): Offer[] {
  const named = (one: Person) =>
    [one.name, ...(one.real_name?.split(" ") ?? [])].some((name) =>
      name.toLowerCase().startsWith(wanted),
    );
  return people.filter(named).map((one) => ({
    text: `@${one.name} `,
    label: `@${one.name}`,
    note: one.is_bot ? "App" : one.real_name,
  }));
}

const channelsFor = (wanted: string, { channels }: Offered): Offer[] =>
  channels
    .filter((one) => one.name?.startsWith(wanted))
    .map((one) => ({ text: `#${one.name} `, label: `#${one.name}`, note: one.topic }));

const emojiFor = (wanted: string): Offer[] =>
  findEmoji(wanted, MOST).map((one) => ({
    text: `:${one.name}: `,
    label: `${one.character} :${one.name}:`,
  }));

/** The offers for the word at the caret, or null. */
export function completionsAt(text: string, caret: number, offered: Offered): Completions | null {
  const before = text.slice(0, caret);
  const found = (from: number, offers: Offer[]) =>
    offers.length ? { from, offers: offers.slice(0, MOST) } : null;
  if (/^\/\S*$/.test(before)) return found(0, commandsFor(before, offered));
  const word = /(?:^|[\s(])([@#:])([\p{L}\p{N}._+-]*)$/u.exec(before);
  if (!word) return null;
  const [, mark, typed] = word;
  const from = caret - typed.length - 1;
  const wanted = typed.toLowerCase();
  if (mark === "@") return found(from, peopleFor(wanted, offered));
  if (mark === "#") return found(from, channelsFor(wanted, offered));
  return typed.length < EMOJI_LETTERS ? null : found(from, emojiFor(wanted));
}
