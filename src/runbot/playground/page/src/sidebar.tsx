// The sidebar: conversations, the app, the mailbox, and whom one acts as.

import { Avatar, fullName } from "./avatars";

function Entry({ icon, label, current, unread, hooks = {}, onOpen }) {
  return (
    <li>
      <button
        type="button"
        class={unread ? "entry unread" : "entry"}
        aria-current={current ? "page" : undefined}
        {...hooks}
        onClick={onOpen}
      >
        <span class="entry-icon" aria-hidden="true">
          {icon}
        </span>
        <span class="entry-name">{label}</span>
        {unread > 0 && (
          <span class="badge" aria-label={`${unread} unread`}>
            {unread}
          </span>
        )}
      </button>
    </li>
  );
}

function Section({ title, children }) {
  return (
    <section class="nav-section">
      <h2>{title}</h2>
      <ul>{children}</ul>
    </section>
  );
}

/** Links, so that a middle click opens a second window as somebody else. */
function ActingAs({ people, me, session }) {
  return (
    <nav class="acting" aria-label="Act as">
      <h2>You act as</h2>
      <div class="acting-people">
        {people.map((person) => (
          <a
            key={person.id}
            href={`?as=${encodeURIComponent(person.name)}`}
            aria-current={person.id === me.id ? "true" : undefined}
            title={`${fullName(person)}, ${person.title || "member"}${person.is_guest ? " (guest)" : person.is_admin ? " (admin)" : ""}`}
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
      <p class="acting-note">Ctrl- or ⌘-click opens a second tab as that person.</p>
    </nav>
  );
}

export function Sidebar({ state, session }) {
  const { boot, people, me, conversations, place, unreadMail } = state;
  const shows = (id) => place?.kind === "conversation" && place.channel === id;
  const open = (id) => () => session.goTo({ kind: "conversation", channel: id });
  const named = conversations.filter((one) => one.kind !== "im");
  const direct = conversations.filter((one) => one.kind === "im" && one.with !== boot.bot.user_id);
  const appIm = conversations.find((one) => one.kind === "im" && one.with === boot.bot.user_id);
  return (
    <div class="sidebar">
      <div class="team">
        <span class="team-mark" aria-hidden="true">
          {boot.team.name.slice(0, 1)}
        </span>
        <h1>{boot.team.name}</h1>
      </div>
      <nav class="places" aria-label="Conversations">
        <Section title="Channels">
          {named.map((one) => (
            <Entry
              key={one.id}
              icon={one.kind === "private" ? "🔒" : "#"}
              label={one.name}
              current={shows(one.id)}
              unread={one.unread}
              hooks={{ "data-conversation": one.id }}
              onOpen={open(one.id)}
            />
          ))}
        </Section>
        <Section title="Direct messages">
          {direct.map((one) => (
            <Entry
              key={one.id}
              icon={<Avatar person={people.get(one.with)} size="tiny" />}
              label={fullName(people.get(one.with))}
              current={shows(one.id)}
              unread={one.unread}
              hooks={{ "data-conversation": one.id }}
              onOpen={open(one.id)}
            />
          ))}
        </Section>
        <Section title="Apps">
          <Entry
            icon={<Avatar person={people.get(boot.bot.user_id)} size="tiny" />}
            label={boot.bot.name}
            current={place?.kind === "home" || (appIm && shows(appIm.id))}
            unread={appIm?.unread}
            onOpen={() =>
              session.goTo(
                appIm?.unread ? { kind: "conversation", channel: appIm.id } : { kind: "home" },
              )
            }
          />
        </Section>
        {boot.mailbox && (
          <Section title="Local">
            <Entry
              icon="✉"
              label="Mailbox"
              current={place?.kind === "mailbox"}
              unread={unreadMail}
              onOpen={() => session.goTo({ kind: "mailbox" })}
            />
          </Section>
        )}
      </nav>
      <ActingAs people={boot.people} me={me} session={session} />
    </div>
  );
}
