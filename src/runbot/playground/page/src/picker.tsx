// The picker of emoji: by category, or found by name.

import { useMemo, useRef, useState } from "preact/hooks";
import { CATEGORIES, toned, type EmojiEntry } from "./emoji";
import { Popup } from "./popups";
import type { Session } from "./session";
import type { EmojiPicker } from "./state";

const MOST_FOUND = 120;
const KEPT = 24;
const RECENT = "playground.recent-emoji";
const TONE = "playground.skin-tone";
const USUAL = [
  "thumbsup",
  "white_check_mark",
  "eyes",
  "tada",
  "raised_hands",
  "heart",
  "joy",
  "+1",
];
const TONES = ["✋", "✋🏻", "✋🏼", "✋🏽", "✋🏾", "✋🏿"];

const ALL = CATEGORIES.flatMap(({ entries }) => entries);

/** The shortest name that starts with the word, so that a whole name is always first. */
const startLength = (one: EmojiEntry, wanted: string): number =>
  Math.min(...one.names.filter((name) => name.startsWith(wanted)).map((name) => name.length));

/** Those whose name starts with the word first, then those that hold it. */
export function findEmoji(word: string, most: number): EmojiEntry[] {
  const wanted = word.toLowerCase().replaceAll(" ", "_");
  const starting = ALL.filter((one) => one.names.some((name) => name.startsWith(wanted)));
  starting.sort((a, b) => startLength(a, wanted) - startLength(b, wanted));
  if (starting.length >= most) return starting.slice(0, most);
  const holding = ALL.filter((one) => one.names.some((name) => name.includes(wanted, 1)));
  return [...new Set([...starting, ...holding])].slice(0, most);
}

function recentNames(): string[] {
  const kept = localStorage.getItem(RECENT)?.split(" ") ?? [];
  return [...new Set([...kept, ...USUAL])].slice(0, KEPT);
}

function remember(name: string): void {
  const names = [name, ...recentNames().filter((one) => one !== name)];
  localStorage.setItem(RECENT, names.slice(0, KEPT).join(" "));
}

const columnsOf = (grid: HTMLElement) =>
  getComputedStyle(grid).gridTemplateColumns.split(" ").length;

/** The arrow keys go over the grid; from the field they lead into it. */
function moveInGrid(event: KeyboardEvent, popup: HTMLElement): void {
  const grid = popup.querySelector<HTMLElement>(".emoji-grid")!;
  const cells = [...grid.querySelectorAll<HTMLElement>("button")];
  const at = cells.indexOf(document.activeElement as HTMLElement);
  const across = columnsOf(grid);
  const steps: Record<string, number> = { ArrowDown: across, ArrowUp: -across };
  if (at >= 0) Object.assign(steps, { ArrowRight: 1, ArrowLeft: -1 });
  if (!(event.key in steps)) return;
  event.preventDefault();
  if (at < 0) cells[0]?.focus();
  else if (at + steps[event.key] < 0) popup.querySelector<HTMLElement>("input")?.focus();
  else cells[Math.min(cells.length - 1, at + steps[event.key])]?.focus();
}

export function Picker({ picker, session }: { picker: EmojiPicker; session: Session }) {
  const [word, setWord] = useState("");
  const [category, setCategory] = useState("Recent");
  const [tone, setTone] = useState(Number(localStorage.getItem(TONE) ?? 1));
  const picked = useRef(false);
  const entries = useMemo(() => {
    if (word) return findEmoji(word, MOST_FOUND);
    if (category !== "Recent") return CATEGORIES.find((one) => one.name === category)!.entries;
    const names = recentNames();
    const known = names.map((name) => ALL.find((one) => one.names.includes(name)));
    return [...new Set(known.filter((one) => one !== undefined))];
  }, [word, category]);
  const close = () => session.set({ picker: null });
  const pick = (entry: EmojiEntry) => {
    if (picked.current) return;
    picked.current = true;
    remember(entry.name);
    close();
    const name = entry.toned && tone > 1 ? `${entry.name}::skin-tone-${tone}` : entry.name;
    picker.onPick(name, toned(entry, tone));
  };
  const nextTone = () => {
    const next = tone >= TONES.length ? 1 : tone + 1;
    localStorage.setItem(TONE, String(next));
    setTone(next);
  };
  return (
    <Popup
      anchor={picker.anchor}
      label="Emoji"
      role="dialog"
      kind="emoji-picker"
      onClose={close}
      onKeyDown={moveInGrid}
    >
      <div class="emoji-head">
        <input
          type="search"
          class="text-input"
          data-first
          placeholder="Search all emoji"
          aria-label="Search all emoji"
          value={word}
          onInput={(event) => setWord(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && entries[0]) pick(entries[0]);
          }}
        />
        <button type="button" class="icon-button" aria-label="Skin tone" onClick={nextTone}>
          {TONES[tone - 1]}
        </button>
      </div>
      <div class="emoji-tabs" role="group" aria-label="Categories">
        {["Recent", ...CATEGORIES.map((one) => one.name)].map((name) => (
          <button
            type="button"
            key={name}
            aria-label={name}
            title={name}
            aria-pressed={!word && category === name}
            onClick={() => {
              setWord("");
              setCategory(name);
            }}
          >
            {name === "Recent"
              ? "🕘"
              : CATEGORIES.find((one) => one.name === name)!.entries[0].character}
          </button>
        ))}
      </div>
      <div class="emoji-grid" role="group" aria-label={word ? "Found" : category}>
        {entries.map((entry) => (
          <button
            type="button"
            key={entry.name}
            aria-label={`:${entry.name}:`}
            title={`:${entry.name}:`}
            onClick={() => pick(entry)}
          >
            {toned(entry, tone)}
          </button>
        ))}
        {!entries.length && <p class="muted">No emoji is called that.</p>}
      </div>
    </Popup>
  );
}
