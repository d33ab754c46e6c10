// A conversation's pane and a thread's pane.

import type { ComponentChildren } from "preact";
import { Avatar, fullName } from "./avatars";
import { Composer } from "./composer";
import { Icon } from "./icons";
import { MessageList } from "./list";
import type { Session } from "./session";
import { threadKey, type State } from "./state";
import { Mrkdwn } from "./text";
import type { Conversation as Data, Person, Place } from "./types";

export const conversationName = (conversation: Data, people: Map<string, Person>): string =>
  conversation.kind === "im" ? fullName(people.get(conversation.with!)) : `#${conversation.name}`;

const canWrite = (conversation: Data): boolean => conversation.member && !conversation.archived;

/** Why one can't write here. */
function whyNot({ archived }: Data, name: string, me: string): string {
  if (archived) return `${name} is archived: it can be read, and nothing can be added.`;
  return `You can read ${name}, but you aren’t a member of it. A member can bring you in with /invite @${me}.`;
}

interface PaneHeadProps {
  title: string;
  note?: ComponentChildren;
  session: Session;
  children?: ComponentChildren;
}

/** The head of any pane; on a narrow screen it leads back to the sidebar. */
export function PaneHead({ title, note, session, children }: PaneHeadProps) {
  return (
    <header class="pane-head">
      <button
        type="button"
        class="icon-button to-nav"
        aria-label="Conversations"
        onClick={() => session.set({ pane: "nav" })}
      >
        <Icon name="menu" />
      </button>
      <div class="pane-title">
        <h2>{title}</h2>
        {note && <div class="pane-note muted">{note}</div>}
      </div>
      {children}
    </header>
  );
}

interface AppTabsProps {
  current: "home" | "messages";
  session: Session;
  channel?: string;
}

/** The app's two tabs, over its Home and over its direct messages. */
export function AppTabs({ current, session, channel }: AppTabsProps) {
  const tabs: [string, string, Place][] = [
    ["home", "Home", { kind: "home" }],
    ["messages", "Messages", { kind: "conversation", channel: channel ?? "" }],
  ];
  return (
    <div class="tabs" role="group" aria-label="App">
      {tabs.map(([name, label, place]) => (
        <button
          type="button"
          key={name}
          aria-pressed={current === name}
          disabled={name === "messages" && !channel}
          onClick={() => session.goTo(place)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

interface PaneProps {
  state: State;
  session: Session;
  conversation: Data;
}

function Intro({ state, conversation }: PaneProps) {
  const name = conversationName(conversation, state.people);
  const botName = state.boot!.bot.name;
  if (conversation.kind === "im") {
    return <p class="intro muted">This is the start of your messages with {name}.</p>;
  }
  const bot = conversation.bot_member
    ? `@${botName} is here: mention it to talk to it.`
    : `@${botName} isn’t in this channel; /invite @${botName} brings it in.`;
  return (
    <p class="intro muted">
      This is the start of {name}. {bot}
    </p>
  );
}

export function Conversation({ state, session, conversation }: PaneProps) {
  const { people, lists, older, fresh, botConnected } = state;
  const boot = state.boot!;
  const me = state.me!;
  const name = conversationName(conversation, people);
  const messages = lists.get(conversation.id);
  const withBot = conversation.with === boot.bot.user_id;
  const note = conversation.topic ? (
    <Mrkdwn text={conversation.topic} />
  ) : (
    conversation.kind === "im" && people.get(conversation.with!)?.title
  );
  const behind = older.get(conversation.id);
  return (
    <section class="pane main-pane" aria-label={name} data-channel={conversation.id}>
      <PaneHead title={name} note={withBot ? null : note} session={session}>
        {withBot && <AppTabs current="messages" session={session} channel={conversation.id} />}
      </PaneHead>
      {behind === "loading" && (
        <p class="older" role="status">
          Loading older messages…
        </p>
      )}
      <MessageList
        label={`Messages in ${name}`}
        listKey={conversation.id}
        messages={messages}
        place="list"
        session={session}
        state={state}
        fresh={fresh.get(conversation.id)}
        onNearStart={() => session.lists.loadOlder(conversation.id)}
        intro={
          behind === "none" && <Intro state={state} session={session} conversation={conversation} />
        }
      />
      {!botConnected && (
        <p class="bot-away" role="status">
          <Avatar person={people.get(boot.bot.user_id)} size="tiny" /> {boot.bot.name} isn’t
          connected, so it won’t answer until it is.
        </p>
      )}
      {canWrite(conversation) ? (
        <Composer
          prompts={conversation.prompts}
          session={session}
          state={state}
          channel={conversation.id}
          label={`Message ${name}`}
        />
      ) : (
        <p class="bot-away">{whyNot(conversation, name, me.name)}</p>
      )}
    </section>
  );
}

export function Thread({ state, session, conversation }: PaneProps) {
  const { people, threads, statuses, titles } = state;
  const thread = state.thread!;
  const key = threadKey(thread.channel, thread.ts);
  const messages = threads.get(key);
  const replies = messages ? messages.filter((one) => one.ts !== thread.ts).length : 0;
  const status = statuses.get(key);
  const working = Boolean(status) || messages?.some((one) => one.streaming);
  const name = conversationName(conversation, people);
  return (
    <section
      class="pane thread-pane"
      aria-label="Thread"
      data-channel={thread.channel}
      data-thread-ts={thread.ts}
    >
      <header class="pane-head">
        <div class="pane-title">
          <h2>Thread</h2>
          <p class="muted">{titles.get(key) ? `${titles.get(key)} · ${name}` : name}</p>
        </div>
        <button
          type="button"
          class="icon-button"
          aria-label="Close thread"
          onClick={() => session.closeThread()}
        >
          <Icon name="close" />
        </button>
      </header>
      <MessageList
        label="Messages in this thread"
        listKey={key}
        messages={messages}
        place="thread"
        session={session}
        state={state}
        afterRoot={
          replies > 0 && (
            <div class="day">
              <span>{replies === 1 ? "1 reply" : `${replies} replies`}</span>
            </div>
          )
        }
      />
      {working && (
        <div class="status thread-status">
          <span role="status">
            <span class="dots" aria-hidden="true"></span>
            {status ?? "is writing…"}
          </span>
          <button
            type="button"
            class="button"
            onClick={() => session.acts.stop(thread.channel, thread.ts)}
          >
            <Icon name="stop" size={13} /> Stop
          </button>
        </div>
      )}
      {canWrite(conversation) && (
        <Composer
          session={session}
          state={state}
          channel={thread.channel}
          threadTs={thread.ts}
          label="Reply…"
        />
      )}
    </section>
  );
}
