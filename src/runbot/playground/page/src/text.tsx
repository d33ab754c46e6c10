// Renders parsed text. Everything ends as text nodes; nothing is ever set as HTML.

import { createContext } from "preact";
import { useContext, useMemo } from "preact/hooks";
import { emojiOf } from "./emoji";
import { parseMrkdwn, safeLink } from "./mrkdwn";
import { fillDate, fullMoment } from "./time";

/** Who and what ids stand for, and in whose zone times are read. */
export const Directory = createContext(null);
export const useDirectory = () => useContext(Directory);

export function UserMention({ id, label }) {
  const { people, me, openPerson } = useDirectory();
  const name = people.get(id)?.name ?? label ?? id;
  if (!people.has(id)) return <span class="mention">@{name}</span>;
  const kind = id === me.id ? "mention mention-me" : "mention";
  return (
    <button type="button" class={kind} onClick={() => openPerson(id)}>
      @{name}
    </button>
  );
}

export function ChannelMention({ id, label }) {
  const { channels, openChannel } = useDirectory();
  const channel = channels.get(id);
  if (!channel) return <span class="mention">#{label ?? "private-channel"}</span>;
  return (
    <button type="button" class="mention" onClick={() => openChannel(id)}>
      #{channel.name}
    </button>
  );
}

const PERMALINK = /^\/archives\/([A-Z0-9]+)\/p(\d+)(\d{6})$/;

/** The message that an address of this very workspace stands for, or null. */
function permalinkTarget(href) {
  const { origin, pathname, searchParams } = new URL(href);
  const match = origin === location.origin && PERMALINK.exec(pathname);
  return match
    ? { channel: match[1], ts: `${match[2]}.${match[3]}`, threadTs: searchParams.get("thread_ts") }
    : null;
}

export function Link({ url, children }) {
  const { openMessage } = useDirectory();
  const href = safeLink(url);
  if (!href || !URL.canParse(href)) return <span>{children}</span>;
  const target = permalinkTarget(href);
  if (target) {
    const follow = (event) => {
      event.preventDefault();
      openMessage(target);
    };
    return (
      <a href={href} onClick={follow}>
        {children}
      </a>
    );
  }
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}

export function Emoji({ name }) {
  const character = emojiOf(name);
  return character ? (
    <span class="emoji" role="img" aria-label={`:${name}:`} title={`:${name}:`}>
      {character}
    </span>
  ) : (
    `:${name}:`
  );
}

export function Moment({ seconds, pattern, link, fallback }) {
  const { zone } = useDirectory();
  const text = fillDate(pattern, seconds, zone);
  if (text === null) return fallback;
  const date = new Date(seconds * 1000);
  const shown = (
    <time dateTime={date.toISOString()} title={fullMoment(date, zone)}>
      {text}
    </time>
  );
  return link ? <Link url={link}>{shown}</Link> : shown;
}

export function Nodes({ nodes }) {
  return nodes.map((node) => {
    switch (node.type) {
      case "text":
        return node.text;
      case "bold":
        return (
          <b>
            <Nodes nodes={node.children} />
          </b>
        );
      case "italic":
        return (
          <i>
            <Nodes nodes={node.children} />
          </i>
        );
      case "strike":
        return (
          <s>
            <Nodes nodes={node.children} />
          </s>
        );
      case "code":
        return (
          <code>
            <Nodes nodes={node.children} />
          </code>
        );
      case "link":
        return (
          <Link url={node.url}>
            <Nodes nodes={node.children} />
          </Link>
        );
      case "user":
        return <UserMention id={node.id} label={node.label} />;
      case "channel":
        return <ChannelMention id={node.id} label={node.label} />;
      case "broadcast":
        return <span class="mention mention-me">{node.text}</span>;
      case "emoji":
        return <Emoji name={node.name} />;
      case "date":
        return <Moment {...node} />;
      default:
        throw new Error(`No rendering for a ${node.type} node`);
    }
  });
}

function Lines({ lines }) {
  return lines.map((line, index) =>
    index ? ["\n", <Nodes nodes={line} />] : <Nodes nodes={line} />,
  );
}

/** Slack's mrkdwn as it looks in a message. */
export function Mrkdwn({ text, verbatim = false }) {
  const blocks = useMemo(() => parseMrkdwn(text, { links: !verbatim }), [text, verbatim]);
  return blocks.map((block) => {
    if (block.type === "pre")
      return (
        <pre>
          <Nodes nodes={block.children} />
        </pre>
      );
    const lines = <Lines lines={block.children} />;
    return block.type === "quote" ? (
      <blockquote>{lines}</blockquote>
    ) : (
      <span class="lines">{lines}</span>
    );
  });
}

/** Literal text in which only emoji names are replaced. */
export function PlainText({ text, emoji = true }) {
  if (!emoji) return text;
  return text
    .split(/(:[a-z0-9_+'-]+(?:::skin-tone-[2-6])?:)/i)
    .map((part, index) => (index % 2 ? <Emoji name={part.slice(1, -1).toLowerCase()} /> : part));
}

/** A text object of Block Kit, or a bare string. */
export function TextObject({ text }) {
  if (!text) return null;
  if (typeof text === "string") return <PlainText text={text} />;
  return text.type === "mrkdwn" ? (
    <Mrkdwn text={text.text} verbatim={text.verbatim} />
  ) : (
    <PlainText text={text.text} emoji={text.emoji !== false} />
  );
}

/** The characters of a text object, for names, titles and <option>s. */
export function plainOf(text) {
  const raw = typeof text === "string" ? text : (text?.text ?? "");
  return raw.replace(/:([a-z0-9_+'-]+):/gi, (code, name) => emojiOf(name.toLowerCase()) ?? code);
}
