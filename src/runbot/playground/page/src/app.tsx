// Starts the page: one session, drawn again whenever its state changes.

import "./css/base.css";
import "./css/layout.css";
import "./css/sidebar.css";
import "./css/composer.css";
import "./css/mailbox.css";
import "./css/messages.css";
import "./css/text.css";
import "./css/blocks.css";
import "./css/inputs.css";
import "./css/dialogs.css";
import { render } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { AppTabs, Conversation, PaneHead, Thread } from "./conversation";
import { Mailbox } from "./mailbox";
import { Notice } from "./popups";
import { Session } from "./session";
import { Sidebar } from "./sidebar";
import { Directory } from "./text";
import { Confirm, Home, Modals } from "./views";

function useDirectoryOf({ boot, people, me, conversations }, session) {
  return useMemo(
    () => ({
      people,
      me,
      zone: me.zone,
      conversations,
      commands: boot.commands,
      channels: new Map(
        conversations.filter((one) => one.kind !== "im").map((one) => [one.id, one]),
      ),
      openChannel: (id) => session.goTo({ kind: "conversation", channel: id }),
      openMessage: (target) => session.goToMessage(target),
      openPerson: (id) => session.goToPerson(id),
    }),
    [boot, people, me, conversations],
  );
}

function Main({ state, session }) {
  const { place, conversations, boot, home, mail } = state;
  if (place.kind === "mailbox") {
    return (
      <section class="pane main-pane" aria-label="Mailbox">
        <PaneHead title="Mailbox" note="Mail sent from this workspace" session={session} />
        <Mailbox mail={mail} />
      </section>
    );
  }
  const appIm = conversations.find((one) => one.kind === "im" && one.with === boot.bot.user_id);
  if (place.kind === "home") {
    return (
      <section class="pane main-pane" aria-label={`${boot.bot.name} Home`}>
        <PaneHead title={boot.bot.name} session={session}>
          <AppTabs current="home" session={session} channel={appIm?.id} />
        </PaneHead>
        <Home view={home} session={session} botName={boot.bot.name} />
      </section>
    );
  }
  const conversation = conversations.find((one) => one.id === place.channel);
  return conversation ? (
    <Conversation state={state} session={session} conversation={conversation} />
  ) : (
    <section class="pane main-pane">
      <PaneHead
        title="Nothing here"
        note="There is no conversation that you can see."
        session={session}
      />
    </section>
  );
}

function useTitle({ conversations, boot, unreadMail }) {
  const unread = conversations.reduce((sum, one) => sum + (one.unread ?? 0), unreadMail);
  useEffect(() => {
    document.title = `${unread ? `(${unread}) ` : ""}${boot.team.name}`;
  }, [unread, boot]);
}

function Workspace({ state, session }) {
  useTitle(state);
  const directory = useDirectoryOf(state, session);
  const thread = state.thread && state.conversations.find((one) => one.id === state.thread.channel);
  return (
    <Directory.Provider value={directory}>
      {state.link === "lost" && (
        <div class="lost" role="alert">
          The server is gone; trying again…
        </div>
      )}
      <div class={`workspace shows-${state.pane}${thread ? " has-thread" : ""}`} key={state.me.id}>
        <Sidebar state={state} session={session} />
        <main class="panes">
          <Main state={state} session={session} />
          {thread && (
            <Thread key={state.thread.ts} state={state} session={session} conversation={thread} />
          )}
        </main>
      </div>
      <div class="visually-hidden" aria-live="polite">
        {state.announcement}
      </div>
      <div class="notices">
        {state.notices.map((one) => (
          <Notice key={one.id} message={one.message} onDismiss={() => session.dismiss(one.id)} />
        ))}
      </div>
      <Modals views={state.views} session={session} />
      {state.confirm && <Confirm question={state.confirm} />}
    </Directory.Provider>
  );
}

function Page({ state, session }) {
  if (state.phase === "failed") {
    return (
      <div class="boot" role="alert">
        <p>{state.failure}</p>
        <button type="button" class="button" onClick={() => location.reload()}>
          Try again
        </button>
      </div>
    );
  }
  if (state.phase === "loading" || !state.place) {
    const lost = state.link === "lost";
    return (
      <p class="boot" role="status">
        {lost ? "The server is gone; trying again…" : "Opening the workspace…"}
      </p>
    );
  }
  return <Workspace state={state} session={session} />;
}

const root = document.getElementById("page");
root.replaceChildren();
let drawing = false;
const session = new Session(() => {
  // Frames that arrive together are drawn together.
  if (drawing) return;
  drawing = true;
  queueMicrotask(() => {
    drawing = false;
    render(<Page state={session.state} session={session} />, root);
  });
});
render(<Page state={session.state} session={session} />, root);
session.start(new URLSearchParams(location.search).get("as"));
