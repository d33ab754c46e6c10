// The threads that one is in, those with news first.

import { PaneHead, conversationName } from "./conversation";
import { Message } from "./message";
import type { Session } from "./session";
import { threadKey, type State } from "./state";
import { useDirectory } from "./text";

export function Threads({ state, session }: { state: State; session: Session }) {
  const { people, me, zone } = useDirectory();
  const found = state.myThreads;
  return (
    <section class="pane main-pane" aria-label="Threads">
      <PaneHead title="Threads" note="Where you wrote, or were named" session={session} />
      <div class="threads" tabIndex={0} role="region" aria-label="Your threads">
        {found === null && <p class="muted loading">Loading threads…</p>}
        {found?.length === 0 && (
          <p class="muted loading">No threads yet. Reply to a message, and its thread is here.</p>
        )}
        {found?.map(({ root, replies }) => {
          const conversation = session.conversation(root.channel);
          const unread = state.unreadThreads.has(threadKey(root.channel, root.ts));
          const shown = { place: "threads" as const, session, people, me, zone };
          const left = (root.reply_count ?? 0) - replies.length;
          const open = () => session.openThread(root.channel, root.ts);
          return (
            <section class="thread-card" key={root.ts} aria-label="A thread">
              <header>
                <b>{conversation ? conversationName(conversation, people) : "A conversation"}</b>
                {unread && <span class="badge">New</span>}
                <button type="button" class="button" onClick={open}>
                  {left > 0 ? `Open, ${left} more` : "Open"}
                </button>
              </header>
              {[root, ...replies].map((message) => (
                <Message
                  key={message.ts}
                  {...shown}
                  message={{ ...message, reply_count: 0 }}
                  compact={false}
                  highlit={false}
                  editing={null}
                />
              ))}
            </section>
          );
        })}
      </div>
    </section>
  );
}
