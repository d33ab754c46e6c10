// Two dialogs of the page itself: where to go, and which keys there are.

import { useMemo, useState } from "preact/hooks";
import { conversationName } from "./conversation";
import { Icon } from "./icons";
import { SHORTCUTS } from "./keys";
import { Dialog } from "./popups";
import type { Session } from "./session";
import type { State } from "./state";
import type { Place } from "./types";

const MOST = 12;

interface Goal {
  key: string;
  label: string;
  note: string;
  unread: number;
  place: Place;
}

function goalsOf({ conversations, people, boot }: State): Goal[] {
  const rooms = conversations.map((one) => ({
    key: one.id,
    label: conversationName(one, people),
    note: one.kind === "im" ? (people.get(one.with!)?.name ?? "") : (one.topic ?? ""),
    unread: one.unread ?? 0,
    place: { kind: "conversation" as const, channel: one.id },
  }));
  const places: [string, Place][] = [
    ["Threads", { kind: "threads" }],
    [`${boot!.bot.name} Home`, { kind: "home" }],
    ["Mailbox", { kind: "mailbox" }],
  ];
  const named = places.map(([label, place]) => ({ key: label, label, note: "", unread: 0, place }));
  return [...rooms, ...named].sort((a, b) => Number(b.unread > 0) - Number(a.unread > 0));
}

function matching(goals: Goal[], word: string): Goal[] {
  const wanted = word.trim().toLowerCase().replace(/^[#@]/, "");
  if (!wanted) return goals.slice(0, MOST);
  const rank = ({ label, note }: Goal) => {
    const name = label.toLowerCase().replace(/^#/, "");
    if (name.startsWith(wanted)) return 0;
    if (name.includes(wanted) || note.toLowerCase().startsWith(wanted)) return 1;
    return 2;
  };
  return goals
    .filter((goal) => rank(goal) < 2)
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, MOST);
}

export function Switcher({ state, session }: { state: State; session: Session }) {
  const [word, setWord] = useState("");
  const [picked, setPicked] = useState(0);
  const goals = useMemo(() => goalsOf(state), [state.conversations]);
  const found = matching(goals, word);
  const close = () => session.set({ dialog: null });
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) setPicked((picked + step + found.length) % found.length);
    else if (event.key === "Enter" && found[picked]) session.goTo(found[picked].place);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog kind="switcher" label="Go to" onCancel={close}>
      <div class="switcher-field">
        <Icon name="search" />
        <input
          autofocus
          role="combobox"
          aria-label="Where do you want to go?"
          placeholder="Where do you want to go?"
          aria-expanded="true"
          aria-controls="switcher-list"
          aria-activedescendant={found[picked] ? `goal-${picked}` : undefined}
          autocomplete="off"
          value={word}
          onInput={(event) => {
            setWord(event.currentTarget.value);
            setPicked(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <ul id="switcher-list" role="listbox" aria-label="Places">
        {found.map((goal, index) => (
          <li
            role="option"
            key={goal.key}
            id={`goal-${index}`}
            aria-selected={index === picked}
            class={goal.unread ? "unread" : ""}
            onMouseMove={() => setPicked(index)}
            onClick={() => session.goTo(goal.place)}
          >
            <span>{goal.label}</span>
            <span class="muted">{goal.note}</span>
          </li>
        ))}
      </ul>
      {!found.length && <p class="switcher-none muted">Nothing here is called that.</p>}
    </Dialog>
  );
}

export function Help({ session }: { session: Session }) {
  const close = () => session.set({ dialog: null });
  return (
    <Dialog kind="help" label="Keyboard shortcuts" onCancel={close}>
      <header class="modal-head">
        <h2>Keyboard shortcuts</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <dl class="help-keys">
        {SHORTCUTS.map(([keys, told]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{told}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
