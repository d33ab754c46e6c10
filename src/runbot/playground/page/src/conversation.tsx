// A conversation's pane and a thread's pane.

import { Avatar, fullName } from "./avatars";
import { Composer } from "./composer";
import { MessageList } from "./messages";
import { threadKey } from "./state";
import { Mrkdwn } from "./text";

export const conversationName = (conversation, people) =>
  conversation.kind === "im" ? fullName(people.get(conversation.with)) : `#${conversation.name}`;

/** The head of any pane; on a narrow screen it leads back to the sidebar. */
export function PaneHead({ title, note, session, children }) {
  return (
    <header class="pane-head">
      <button
        type="button"
        class="icon-button to-nav"
        aria-label="Conversations"
        onClick={() => session.showPane("nav")}
      >
        ☰
      </button>
      <div class="pane-title">
        <h2>{title}</h2>
        {note && <p class="muted">{note}</p>}
      </div>
      {children}
    </header>
  );
}

/** The app's two tabs, over its Home and over its direct messages. */
export function AppTabs({ current, session, channel }) {
  const tabs = [
    ["home", "Home", { kind: "home" }],
    ["messages", "Messages", { kind: "conversation", channel }],
  ];
  return (
    <div class="tabs" role="tablist" aria-label="App">
      {tabs.map(([name, label, place]) => (
        <button
          type="button"
          role="tab"
          aria-selected={current === name}
          onClick={() => session.goTo(place)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

function Intro({ conversation, people, botName }) {
  const name = conversationName(conversation, people);
  const text =
    conversation.kind === "im"
      ? `This is the start of your messages with ${name}.`
      : `This is the start of ${name}.${conversation.bot_member ? ` @${botName} is here: mention it to talk to it.` : ` @${botName} isn’t in this channel; /invite @${botName} brings it in.`}`;
  return <p class="intro muted">{text}</p>;
}

export function Conversation({ state, session, conversation }) {
  const { boot, people, me, lists, statuses, botConnected } = state;
  const name = conversationName(conversation, people);
  const messages = lists.get(conversation.id);
  const withBot = conversation.with === boot.bot.user_id;
  const untouched =
    conversation.name === "general" && messages && !messages.some((one) => one.user === me.id);
  const note = conversation.topic ? (
    <Mrkdwn text={conversation.topic} />
  ) : (
    conversation.kind === "im" && people.get(conversation.with)?.title
  );
  return (
    <section class="pane main-pane" aria-label={name} data-channel={conversation.id}>
      <PaneHead title={name} note={withBot ? null : note} session={session}>
        {withBot && <AppTabs current="messages" session={session} channel={conversation.id} />}
      </PaneHead>
      <MessageList
        label={`Messages in ${name}`}
        listKey={conversation.id}
        messages={messages}
        place="list"
        session={session}
        statuses={statuses}
        highlight={state.highlight}
        intro={<Intro conversation={conversation} people={people} botName={boot.bot.name} />}
      />
      {!botConnected && (
        <p class="bot-away" role="status">
          <Avatar person={people.get(boot.bot.user_id)} size="tiny" /> {boot.bot.name} isn’t
          connected, so it won’t answer until it is.
        </p>
      )}
      {conversation.member ? (
        <Composer
          session={session}
          channel={conversation.id}
          label={`Message ${name}`}
          suggestion={untouched ? boot.suggestion : null}
        />
      ) : (
        <p class="bot-away">
          You can read {name}, but you aren’t a member of it. A member can bring you in with /invite
          @{me.name}.
        </p>
      )}
    </section>
  );
}

export function Thread({ state, session, conversation }) {
  const { people, threads, statuses, thread } = state;
  const key = threadKey(thread.channel, thread.ts);
  const messages = threads.get(key);
  const replies = messages ? messages.filter((one) => one.ts !== thread.ts).length : 0;
  const status = statuses.get(key);
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
          <p class="muted">{name}</p>
        </div>
        <button
          type="button"
          class="icon-button"
          aria-label="Close thread"
          onClick={() => session.closeThread()}
        >
          ✕
        </button>
      </header>
      <MessageList
        label="Messages in this thread"
        listKey={key}
        messages={messages}
        place="thread"
        session={session}
        statuses={statuses}
        highlight={state.highlight}
        afterRoot={
          replies > 0 && (
            <div class="day">
              <span>{replies === 1 ? "1 reply" : `${replies} replies`}</span>
            </div>
          )
        }
      />
      {status && (
        <div class="status thread-status" role="status">
          <span class="dots" aria-hidden="true"></span>
          {status}
        </div>
      )}
      <Composer session={session} channel={thread.channel} threadTs={thread.ts} label="Reply…" />
    </section>
  );
}
