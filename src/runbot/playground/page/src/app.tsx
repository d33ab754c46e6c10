// Starts the page: one session, drawn again whenever its state changes.

import "./css/base.css";
import "./css/layout.css";
import "./css/sidebar.css";
import "./css/composer.css";
import "./css/files.css";
import "./css/mailbox.css";
import "./css/messages.css";
import "./css/text.css";
import "./css/blocks.css";
import "./css/inputs.css";
import "./css/dialogs.css";
import "./css/popups.css";
import "./css/panel.css";
import "./css/inspector.css";
import { render } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { AppTabs, Conversation, PaneHead, Thread } from "./conversation";
import { Docked, followPanelKeys } from "./dock";
import { FaultBanner } from "./faults";
import { GuideBar } from "./guiding";
import { IS_MAC, followKeys } from "./keys";
import { Mailbox } from "./mailbox";
import { Picker } from "./picker";
import { Notice } from "./popups";
import { followPresses, whenReleased } from "./press";
import { Session } from "./session";
import { Sidebar } from "./sidebar";
import type { State } from "./state";
import { Help, Switcher } from "./switcher";
import { HomeBlocks } from "./subjects";
import { Directory, type DirectoryData } from "./text";
import { followTheme } from "./theme";
import { Threads } from "./threads";
import { Confirm, Home, Modals } from "./views";

interface PageProps {
  state: State;
  session: Session;
}

function useDirectoryOf({ boot, people, me, conversations }: State, session: Session) {
  return useMemo<DirectoryData>(
    () => ({
      people,
      me: me!,
      zone: me!.zone,
      conversations,
      commands: boot!.commands,
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

function Main({ state, session }: PageProps) {
  const { place, conversations, home, mail } = state;
  const { bot } = state.boot!;
  const appIm = conversations.find((one) => one.kind === "im" && one.with === bot.user_id);
  switch (place?.kind) {
    case "mailbox":
      return (
        <section class="pane main-pane" aria-label="Mailbox">
          <PaneHead title="Mailbox" note="Mail sent from this workspace" session={session} />
          <Mailbox mail={mail} />
        </section>
      );
    case "threads":
      return <Threads state={state} session={session} />;
    case "home":
      return (
        <section class="pane main-pane" aria-label={`${bot.name} Home`}>
          <PaneHead title={bot.name} session={session}>
            <HomeBlocks view={home} />
            <AppTabs current="home" session={session} channel={appIm?.id} />
          </PaneHead>
          <Home view={home} session={session} botName={bot.name} />
        </section>
      );
    default: {
      const shown = conversations.find((one) => one.id === place?.channel);
      if (shown) return <Conversation state={state} session={session} conversation={shown} />;
      return (
        <section class="pane main-pane">
          <PaneHead
            title="Nothing here"
            note="There is no conversation that you can see."
            session={session}
          />
        </section>
      );
    }
  }
}

function useTitle({ conversations, boot, unreadMail, unreadThreads }: State) {
  const unread = conversations.reduce(
    (sum, one) => sum + (one.unread ?? 0),
    unreadMail + unreadThreads.size,
  );
  useEffect(() => {
    document.title = `${unread ? `(${unread}) ` : ""}${boot!.team.name}`;
  }, [unread, boot]);
}

const LOST = "The server is gone; trying again…";

function Workspace({ state, session }: PageProps) {
  useTitle(state);
  const directory = useDirectoryOf(state, session);
  const thread =
    state.thread && state.conversations.find((one) => one.id === state.thread!.channel);
  return (
    <Directory.Provider value={directory}>
      {state.link === "lost" && (
        <div class="lost" role="alert">
          {LOST}
        </div>
      )}
      <FaultBanner state={state} session={session} />
      <GuideBar state={state} session={session} />
      <Docked state={state} session={session}>
        <div
          class={`workspace shows-${state.pane}${thread ? " has-thread" : ""}`}
          key={state.me!.id}
        >
          <Sidebar state={state} session={session} />
          <main class="panes">
            <Main state={state} session={session} />
            {thread && (
              <Thread
                key={state.thread!.ts}
                state={state}
                session={session}
                conversation={thread}
              />
            )}
          </main>
        </div>
      </Docked>
      <div class="visually-hidden" aria-live="polite">
        {state.announcement}
      </div>
      <div class="notices">
        {state.notices.map((one) => (
          <Notice key={one.id} message={one.message} onDismiss={() => session.dismiss(one.id)} />
        ))}
      </div>
      <Modals views={state.views} session={session} />
      {state.dialog === "switcher" && <Switcher state={state} session={session} />}
      {state.dialog === "help" && <Help session={session} />}
      {state.confirm && <Confirm question={state.confirm} />}
      {state.picker && <Picker picker={state.picker} session={session} />}
    </Directory.Provider>
  );
}

function Page({ state, session }: PageProps) {
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
    return (
      <p class="boot" role="status">
        {state.link === "lost" ? LOST : "Opening the workspace…"}
      </p>
    );
  }
  return <Workspace state={state} session={session} />;
}

followTheme();
const root = document.getElementById("page")!;
root.replaceChildren();
let drawing = false;
const draw = () => render(<Page state={session.state} session={session} />, root);
const session = new Session(() => {
  // Frames that arrive together are drawn together.
  if (drawing) return;
  drawing = true;
  queueMicrotask(() => {
    drawing = false;
    whenReleased(draw);
  });
});
draw();
followPanelKeys(IS_MAC);
followKeys(session);
followPresses();
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") session.lookedAt();
});
session.start(new URLSearchParams(location.search).get("as"));
