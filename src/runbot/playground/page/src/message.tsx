// One message: who, when, what, and what hangs on it.

import { Component, type ComponentChild } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ApiError } from "./api";
import { Avatar, fullName } from "./avatars";
import { Blocks } from "./blocks";
import { Files } from "./files";
import { Surface, useForm } from "./forms";
import { Icon } from "./icons";
import type { Session } from "./session";
import { Emoji, Mrkdwn } from "./text";
import { ago, clock, dateOfTs, fullMoment } from "./time";
import { BlocksButton, showBlocksOf } from "./subjects";
import { MessageTools } from "./tools";
import type { Message as MessageData, Person } from "./types";

export interface MessageProps {
  message: MessageData;
  compact: boolean; // leaves out who wrote it
  place: "list" | "thread" | "threads";
  status?: string;
  highlit: boolean;
  editing: string | null; // the text that its editor starts with
  session: Session;
  people: Map<string, Person>;
  me: Person;
  zone: string;
}

/** Draws again only when a property is another object: of a list of 200, the one that changed. */
export class Message extends Component<MessageProps> {
  override shouldComponentUpdate(next: MessageProps): boolean {
    const names = Object.keys(next) as (keyof MessageProps)[];
    return names.some((name) => next[name] !== this.props[name]);
  }

  override render(): ComponentChild {
    const { subtype } = this.props.message;
    return subtype === "channel_join" ? SystemLine(this.props) : <FullMessage {...this.props} />;
  }
}

function MessageBody({ message, session, place }: MessageProps) {
  const form = useForm({ follows: true });
  const surface = useMemo(
    () => ({
      key: `${place}-${message.ts}`,
      where: { channel: message.channel, ts: message.ts },
      click: (click: object) =>
        session.acts.click({ channel: message.channel, ts: message.ts, ...click }),
      session,
    }),
    [message.channel, message.ts, place],
  );
  // The form's functions stay the same while its values change, so elements read through them.
  return (
    <Surface.Provider value={{ ...surface, ...form }}>
      {message.blocks?.length ? (
        <Blocks blocks={message.blocks} />
      ) : (
        message.text && (
          <div class="text">
            <Mrkdwn text={message.text} />
          </div>
        )
      )}
    </Surface.Provider>
  );
}

function Reactions({ message, people, me, session }: MessageProps) {
  if (!message.reactions?.length) return null;
  const pick = (anchor: HTMLElement) =>
    session.set({ picker: { anchor, onPick: (name) => session.acts.react(message, name) } });
  return (
    <div class="reactions">
      {message.reactions.map(({ name, users }) => {
        const mine = users.includes(me.id);
        const who = users.map((id) => (id === me.id ? "you" : (people.get(id)?.name ?? id)));
        const told = `${who.join(", ")} reacted with :${name}:`;
        return (
          <button
            type="button"
            key={name}
            class="reaction"
            aria-pressed={mine}
            aria-label={`:${name}:, ${users.length}, ${told}`}
            title={told}
            onClick={() => session.acts.react(message, name)}
          >
            <Emoji name={name} /> {users.length}
          </button>
        );
      })}
      <button
        type="button"
        class="reaction reaction-more"
        aria-label="Add another reaction"
        onClick={(event) => pick(event.currentTarget)}
      >
        <Icon name="react" size={15} />
      </button>
    </div>
  );
}

function Replies({ message, people, onOpen }: MessageProps & { onOpen: () => void }) {
  if (!message.reply_count) return null;
  const faces = (message.reply_users ?? []).slice(0, 4);
  const count = message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`;
  return (
    <button type="button" class="replies" onClick={onOpen}>
      {faces.map((id) => (
        <Avatar key={id} person={people.get(id)} size="tiny" />
      ))}
      <b>{count}</b>
      {message.last_reply && (
        <span class="muted">Last reply {ago(dateOfTs(message.last_reply))}</span>
      )}
    </button>
  );
}

/** What the workspace itself says, such as who joined. */
function SystemLine({ message, people, zone }: MessageProps) {
  const date = dateOfTs(message.ts);
  return (
    <article
      class="message system"
      data-ts={message.ts}
      data-channel={message.channel}
      tabIndex={-1}
    >
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

/** One's own message while one changes it: Enter saves, Esc leaves it as it was. */
function Editor({ message, editing, session }: MessageProps) {
  const [text, setText] = useState(editing ?? "");
  const [refusal, setRefusal] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(text.length, text.length);
  }, []);
  const leave = () => {
    const article = field.current?.closest<HTMLElement>("article");
    session.set({ editing: null });
    article?.focus();
  };
  const save = async () => {
    if (!text.trim()) return session.acts.remove(message);
    try {
      await session.acts.edit(message.channel, message.ts, text);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setRefusal(error.message);
    }
  };
  return (
    <div class="editor">
      <textarea
        ref={field}
        class="text-input"
        aria-label="Edit message"
        rows={Math.min(12, text.split("\n").length + 1)}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Escape") leave();
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          save();
        }}
      />
      {refusal && (
        <p class="act-error" role="alert">
          {refusal}
        </p>
      )}
      <div class="editor-foot">
        <span class="muted">Esc cancels · Enter saves</span>
        <button type="button" class="button" onClick={leave}>
          Cancel
        </button>
        <button type="button" class="button primary" onClick={save}>
          Save
        </button>
      </div>
    </div>
  );
}

function Head({
  author,
  date,
  zone,
  isApp,
}: {
  author?: Person;
  date: Date;
  zone: string;
  isApp: boolean;
}) {
  return (
    <div class="message-head">
      <b class="author">{author?.is_bot ? author.name : fullName(author)}</b>
      {isApp && <span class="app-badge">APP</span>}
      <time class="muted" dateTime={date.toISOString()} title={fullMoment(date, zone)}>
        {clock(date, zone)}
      </time>
    </div>
  );
}

function FullMessage(props: MessageProps) {
  const { message, compact, place, status, highlit, session, people, zone } = props;
  const author = people.get(message.user);
  const date = dateOfTs(message.ts);
  const time = clock(date, zone);
  const openThread = () => session.openThread(message.channel, message.thread_ts || message.ts);
  const gone = message.subtype === "tombstone";
  const kinds = Object.entries({
    compact,
    highlit,
    gone,
    ephemeral: message.ephemeral,
    streaming: message.streaming,
  });
  const marked = kinds.filter(([, on]) => on).map(([kind]) => kind);
  return (
    <article
      class={["message", ...marked].join(" ")}
      data-ts={message.ts}
      data-channel={message.channel}
      tabIndex={-1}
      aria-label={`${author?.name ?? "Someone"}, ${time}`}
      aria-busy={message.streaming || undefined}
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
        {message.ephemeral && (
          <div class="only-you">
            <Icon name="hidden" size={13} /> Only visible to you
          </div>
        )}
        {!compact && (
          <Head
            author={author}
            date={date}
            zone={zone}
            isApp={Boolean(message.bot_id || author?.is_bot)}
          />
        )}
        {props.editing === null ? (
          <div class="message-body">
            <MessageBody {...props} />
            {message.edited && <span class="edited">(edited)</span>}
          </div>
        ) : (
          <Editor {...props} />
        )}
        <Files files={message.files} session={session} />
        <Reactions {...props} />
        {place !== "thread" && <Replies {...props} onOpen={openThread} />}
        {place === "list" && status && (
          <div class="status" role="status">
            <span class="dots" aria-hidden="true"></span>
            {status}
          </div>
        )}
      </div>
      {!gone && !message.ephemeral && props.editing === null && (
        <MessageTools {...props} onThread={place === "thread" ? null : openThread} />
      )}
      {message.ephemeral && (
        <div class="message-tools">
          <BlocksButton onPress={() => showBlocksOf(message, session)} />
        </div>
      )}
    </article>
  );
}
