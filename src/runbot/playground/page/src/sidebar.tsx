// The sidebar: conversations, the app, the mailbox, and whom one acts as.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Avatar, fullName } from "./avatars";
import { ToolEntries } from "./dock";
import { Icon, type IconName } from "./icons";
import { IS_MAC } from "./keys";
import type { Session } from "./session";
import type { State } from "./state";
import { chooseTheme, chosenTheme, nextTheme } from "./theme";
import type { Conversation, Person } from "./types";

interface EntryProps {
  icon: ComponentChildren;
  label: string;
  current: boolean;
  unread?: number;
  loud?: boolean; // it is meant for this very person
  id?: string;
  named?: string; // the place, for the guide
  onOpen: () => void;
}

function Entry({ icon, label, current, unread = 0, loud = false, id, named, onOpen }: EntryProps) {
  return (
    <li>
      <button
        type="button"
        class={unread ? "entry unread" : "entry"}
        aria-current={current ? "page" : undefined}
        data-conversation={id}
        data-place={named}
        onClick={onOpen}
      >
        <span class="entry-icon" aria-hidden="true">
          {icon}
        </span>
        <span class="entry-name">{label}</span>
        {unread > 0 && (
          <span class={loud ? "badge" : "badge quiet"} aria-label={`${unread} unread`}>
            {unread > 99 ? "99+" : unread}
          </span>
        )}
      </button>
    </li>
  );
}

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="nav-section">
      <h2>{title}</h2>
      <ul>{children}</ul>
    </section>
  );
}

const roleOf = (person: Person): string => {
  if (person.is_guest) return " (guest)";
  return person.is_admin ? " (admin)" : "";
};

/** Links, so that a middle click opens a second window as somebody else. */
function ActingAs({ people, me, session }: { people: Person[]; me: Person; session: Session }) {
  return (
    <nav class="acting" aria-label="Act as">
      <h2>You act as</h2>
      <div class="acting-people">
        {people.map((person) => (
          <a
            key={person.id}
            href={`?as=${encodeURIComponent(person.name)}`}
            aria-current={person.id === me.id ? "true" : undefined}
            title={`${fullName(person)}, ${person.title || "member"}${roleOf(person)}`}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return;
              event.preventDefault();
              if (person.id !== me.id) session.actAs(person.id);
            }}
          >
            <Avatar person={person} size="small" />
            <span>{person.name}</span>
          </a>
        ))}
      </div>
      <p class="acting-note">{IS_MAC ? "⌘" : "Ctrl"}-click opens a second tab as that person.</p>
    </nav>
  );
}

const THEME_ICONS: Record<string, IconName> = { auto: "auto", light: "light", dark: "dark" };
const THEME_NAMES = { auto: "as the system has it", light: "light", dark: "dark" };

function ThemeSwitch() {
  const [theme, setTheme] = useState(chosenTheme());
  const label = `Colours: ${THEME_NAMES[theme]}`;
  const press = () => {
    const next = nextTheme(theme);
    chooseTheme(next);
    setTheme(next);
  };
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} onClick={press}>
      <Icon name={THEME_ICONS[theme]} />
    </button>
  );
}

export function Sidebar({ state, session }: { state: State; session: Session }) {
  const { people, conversations, place, unreadMail, unreadThreads } = state;
  const boot = state.boot!;
  const shows = (id?: string) => place?.kind === "conversation" && place.channel === id;
  const named = conversations.filter((one) => one.kind !== "im");
  const direct = conversations.filter((one) => one.kind === "im" && one.with !== boot.bot.user_id);
  const appIm = conversations.find((one) => one.kind === "im" && one.with === boot.bot.user_id);
  const entryOf = (one: Conversation, icon: ComponentChildren, label: string) => (
    <Entry
      key={one.id}
      icon={icon}
      label={label}
      current={shows(one.id)}
      unread={one.unread}
      loud={one.kind === "im" || Boolean(one.mentions)}
      id={one.id}
      onOpen={() => session.goTo({ kind: "conversation", channel: one.id })}
    />
  );
  return (
    <div class="sidebar">
      <div class="team">
        <span class="team-mark" aria-hidden="true">
          {boot.team.name.slice(0, 1)}
        </span>
        <h1>{boot.team.name}</h1>
        <ThemeSwitch />
        <button
          type="button"
          class="icon-button"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts"
          onClick={() => session.set({ dialog: "help" })}
        >
          <Icon name="help" />
        </button>
      </div>
      <button
        type="button"
        class="go-to"
        onClick={() => session.set({ dialog: "switcher" })}
        title={`Go to (${IS_MAC ? "⌘" : "Ctrl"}+K)`}
      >
        <Icon name="search" size={15} /> Go to… <kbd>{IS_MAC ? "⌘" : "Ctrl"} K</kbd>
      </button>
      <nav class="places" aria-label="Conversations">
        <ul>
          <Entry
            icon={<Icon name="thread" size={16} />}
            label="Threads"
            current={place?.kind === "threads"}
            unread={unreadThreads.size}
            loud
            onOpen={() => session.goTo({ kind: "threads" })}
          />
        </ul>
        <Section title="Channels">
          {named.map((one) =>
            entryOf(
              one,
              <Icon name={one.kind === "private" ? "lock" : "hash"} size={15} />,
              one.name,
            ),
          )}
        </Section>
        <Section title="Direct messages">
          {direct.map((one) => {
            const person = people.get(one.with!);
            return entryOf(one, <Avatar person={person} size="tiny" />, fullName(person));
          })}
        </Section>
        <Section title="Apps">
          <Entry
            icon={<Avatar person={people.get(boot.bot.user_id)} size="tiny" />}
            label={boot.bot.name}
            current={place?.kind === "home" || Boolean(appIm && shows(appIm.id))}
            unread={appIm?.unread}
            loud
            onOpen={() =>
              session.goTo(
                appIm?.unread ? { kind: "conversation", channel: appIm.id } : { kind: "home" },
              )
            }
          />
        </Section>
        <Section title="Local">
          {boot.mailbox && (
            <Entry
              named="mailbox"
              icon={<Icon name="mail" size={16} />}
              label="Mailbox"
              current={place?.kind === "mailbox"}
              unread={unreadMail}
              loud
              onOpen={() => session.goTo({ kind: "mailbox" })}
            />
          )}
          <ToolEntries state={state} session={session} />
        </Section>
      </nav>
      <ActingAs people={boot.people} me={state.me!} session={session} />
    </div>
  );
}
