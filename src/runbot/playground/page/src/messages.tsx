// Messages: one message, the list of a channel or thread, and where the list is scrolled to.

import { Component } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Avatar, fullName } from "./avatars";
import { Blocks } from "./blocks";
import { Surface, useForm } from "./forms";
import { threadKey } from "./state";
import { Emoji, Mrkdwn, useDirectory } from "./text";
import { ago, clock, dateOfTs, dayName, dayOf, fullMoment } from "./time";

const GROUPED_WITHIN_S = 300;
const AT_BOTTOM_PX = 48;

/** Draws again only when one of its properties is another object: a list of 200 redraws one message. */
export class Once extends Component {
  shouldComponentUpdate(next) {
    return Object.keys(next).some(
      (name) => name !== "children" && name !== "draw" && next[name] !== this.props[name],
    );
  }

  render() {
    return this.props.draw(this.props);
  }
}

function MessageBody({ message, session, place }) {
  const form = useForm({ follows: true });
  const surface = useMemo(
    () => ({
      key: `${place}-${message.ts}`,
      click: (click) => session.click({ channel: message.channel, ts: message.ts, ...click }),
      confirm: (confirm) => session.confirm(confirm),
      notify: (text) => session.notify(text),
    }),
    [message.channel, message.ts, place],
  );
  // The form's functions stay the same while its values change, so elements read through them.
  return (
    <Surface.Provider value={{ ...surface, ...form }}>
      {message.blocks?.length ? (
        <Blocks blocks={message.blocks} />
      ) : (
        <div class="text">
          <Mrkdwn text={message.text} />
        </div>
      )}
    </Surface.Provider>
  );
}

function Reactions({ reactions, people }) {
  if (!reactions?.length) return null;
  return (
    <div class="reactions">
      {reactions.map(({ name, users }) => {
        const who = users.map((id) => people.get(id)?.name ?? id).join(", ");
        return (
          <span class="reaction" title={`${who} reacted with :${name}:`}>
            <Emoji name={name} /> {users.length}
          </span>
        );
      })}
    </div>
  );
}

function Replies({ message, people, onOpen }) {
  if (!message.reply_count) return null;
  const faces = (message.reply_users ?? []).slice(0, 4);
  const count = message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`;
  return (
    <button type="button" class="replies" onClick={onOpen}>
      {faces.map((id) => (
        <Avatar person={people.get(id)} size="tiny" />
      ))}
      <b>{count}</b>
      {message.last_reply && (
        <span class="muted">Last reply {ago(dateOfTs(message.last_reply))}</span>
      )}
    </button>
  );
}

/** What the workspace itself says, such as who joined. */
function SystemLine({ message, people, zone }) {
  const date = dateOfTs(message.ts);
  return (
    <article class="message system" data-ts={message.ts} data-channel={message.channel}>
      <div class="message-side">
        <Avatar person={people.get(message.user)} size="tiny" />
      </div>
      <div class="message-main text muted">
        <Mrkdwn text={message.text} />{" "}
        <time title={fullMoment(date, zone)}>{clock(date, zone)}</time>
      </div>
    </article>
  );
}

/** One message; `place` is list or thread, `compact` leaves out who wrote it. */
function Message({ message, compact, place, status, highlit, session, people, zone }) {
  if (message.subtype === "channel_join") return SystemLine({ message, people, zone });
  const author = people.get(message.user);
  const date = dateOfTs(message.ts);
  const time = clock(date, zone);
  const openThread = () => session.openThread(message.channel, message.thread_ts || message.ts);
  const threads = place === "list" && !message.ephemeral;
  return (
    <article
      class={`message${compact ? " compact" : ""}${message.ephemeral ? " ephemeral" : ""}${highlit ? " highlit" : ""}`}
      data-ts={message.ts}
      data-channel={message.channel}
      aria-label={`${author?.name ?? "Someone"}, ${time}`}
    >
      <div class="message-side">
        {compact ? (
          <time class="side-time" title={fullMoment(date, zone)}>
            {time.replace(/ [AP]M$/, "")}
          </time>
        ) : (
          <Avatar person={author} />
        )}
      </div>
      <div class="message-main">
        {message.ephemeral && <div class="only-you">👁 Only visible to you</div>}
        {!compact && (
          <div class="message-head">
            <b class="author">{author?.is_bot ? author.name : fullName(author)}</b>
            {(message.bot_id || author?.is_bot) && <span class="app-badge">APP</span>}
            <time class="muted" dateTime={date.toISOString()} title={fullMoment(date, zone)}>
              {time}
            </time>
          </div>
        )}
        <div class="message-body">
          <MessageBody message={message} session={session} place={place} />
          {message.edited && <span class="edited">(edited)</span>}
        </div>
        <Reactions reactions={message.reactions} people={people} />
        {threads && <Replies message={message} people={people} onOpen={openThread} />}
        {threads && status && (
          <div class="status" role="status">
            <span class="dots" aria-hidden="true"></span>
            {status}
          </div>
        )}
      </div>
      {threads && (
        <div class="message-tools">
          <button
            type="button"
            class="icon-button"
            title="Reply in thread"
            aria-label="Reply in thread"
            onClick={openThread}
          >
            💬
          </button>
        </div>
      )}
    </article>
  );
}

const follows = (message, before, zone) =>
  before &&
  before.user === message.user &&
  !before.subtype &&
  !before.ephemeral &&
  !message.ephemeral &&
  !before.reply_count &&
  Number(message.ts) - Number(before.ts) < GROUPED_WITHIN_S &&
  dayOf(dateOfTs(before.ts), zone) === dayOf(dateOfTs(message.ts), zone);

/** Keeps a list at its end as long as it was there (what one says leads there too), and leaves it alone otherwise. */
function useStickToEnd(resetKey, newest, newestIsMine) {
  const box = useRef(null);
  const content = useRef(null);
  const atEnd = useRef(true);
  const lastTop = useRef(0);
  const [missed, setMissed] = useState(false);
  /** Only scrolling up leaves the end: content that grows below moves it away, but nobody left it. */
  const look = () => {
    const { scrollHeight, scrollTop, clientHeight } = box.current;
    if (scrollHeight - scrollTop - clientHeight < AT_BOTTOM_PX) atEnd.current = true;
    else if (scrollTop < lastTop.current - 1) atEnd.current = false;
    lastTop.current = scrollTop;
    if (atEnd.current) setMissed(false);
  };
  const toEnd = () => {
    box.current.scrollTop = box.current.scrollHeight;
    lastTop.current = box.current.scrollTop;
    atEnd.current = true;
    setMissed(false);
  };
  const follow = () => {
    look();
    if (atEnd.current) toEnd();
  };
  useLayoutEffect(toEnd, [resetKey]);
  useLayoutEffect(follow);
  useLayoutEffect(() => {
    if (newestIsMine) toEnd();
    else if (!atEnd.current) setMissed(true);
  }, [newest]);
  useLayoutEffect(() => {
    // Pictures that load, and a window that changes its size, move the end too.
    const observer = new ResizeObserver(follow);
    observer.observe(content.current);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return { box, content, onScroll: look, missed, toEnd };
}

/** The messages of a channel (`place` list) or of a thread. */
export function MessageList({
  label,
  listKey,
  messages,
  place,
  session,
  statuses,
  highlight,
  intro,
  afterRoot,
}) {
  const { people, me, zone } = useDirectory();
  const newest = messages?.at(-1);
  const { box, content, onScroll, missed, toEnd } = useStickToEnd(
    listKey,
    newest?.ts,
    newest?.user === me.id,
  );
  const reached = Boolean(highlight && messages?.some((one) => one.ts === highlight));
  useLayoutEffect(() => {
    if (reached) box.current.querySelector(".highlit").scrollIntoView({ block: "center" });
  }, [reached, highlight]);
  const rows = [];
  messages?.forEach((message, index) => {
    const before = messages[index - 1];
    const day = dayOf(dateOfTs(message.ts), zone);
    const newDay = !before || day !== dayOf(dateOfTs(before.ts), zone);
    if (newDay && place === "list") {
      rows.push(
        <div class="day" key={`day ${day}`} role="separator">
          <span>{dayName(dateOfTs(message.ts), zone)}</span>
        </div>,
      );
    }
    const compact = Boolean(follows(message, before, zone)) && !(place === "thread" && index === 1);
    const status = statuses.get(threadKey(message.channel, message.ts));
    rows.push(
      <Once
        key={message.ts}
        draw={Message}
        message={message}
        compact={compact}
        place={place}
        status={status}
        highlit={message.ts === highlight}
        session={session}
        people={people}
        zone={zone}
      />,
    );
    if (place === "thread" && index === 0) rows.push(<div key="after-root">{afterRoot}</div>);
  });
  return (
    <div class="list-frame">
      <div
        class="list"
        role="log"
        aria-live="off"
        aria-label={label}
        tabindex="0"
        ref={box}
        onScroll={onScroll}
      >
        <div class="list-content" ref={content}>
          {intro}
          {messages ? rows : <p class="muted loading">Loading messages…</p>}
        </div>
      </div>
      {missed && (
        <button type="button" class="to-end" onClick={toEnd}>
          New messages ↓
        </button>
      )}
    </div>
  );
}
