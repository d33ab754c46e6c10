// Slack's emoji: their names and characters, from the data set that Slack's own names come from.

import table from "emoji-table";

const TONES = ["", "", "\u{1F3FB}", "\u{1F3FC}", "\u{1F3FD}", "\u{1F3FE}", "\u{1F3FF}"];
const PRESENTED = /\u{FE0F}/gu;

export interface EmojiEntry {
  name: string;
  names: string[];
  character: string;
  toned: boolean;
}

/** All emoji by category, in the order in which a picker shows them. */
export const CATEGORIES: { name: string; entries: EmojiEntry[] }[] = table
  .split("\n")
  .map((line) => {
    const [name, entries] = line.split("\t");
    return {
      name,
      entries: entries.split("|").map((entry) => {
        const [joined, drawn] = entry.split(" ");
        const names = joined.split(",");
        return {
          name: names[0],
          names,
          character: drawn.replace("*", ""),
          toned: drawn.endsWith("*") && drawn !== "*",
        };
      }),
    };
  });

const BY_NAME = new Map(
  CATEGORIES.flatMap(({ entries }) =>
    entries.flatMap((entry) => entry.names.map((name) => [name, entry])),
  ) as [string, EmojiEntry][],
);

/** An emoji in a skin tone from 1 (its own) to 6. */
export function toned(entry: EmojiEntry, tone: number): string {
  if (tone < 2 || !entry.toned) return entry.character;
  const [first, ...rest] = [...entry.character.replace(PRESENTED, "")];
  return first + (TONES[tone] ?? "") + rest.join("");
}

/** The character of `thumbsup` or `thumbsup::skin-tone-3`, or null. */
export function emojiOf(code: string): string | null {
  const [name, tone] = code.split("::skin-tone-");
  const entry = BY_NAME.get(name);
  return entry ? toned(entry, Number(tone ?? 1)) : null;
}
