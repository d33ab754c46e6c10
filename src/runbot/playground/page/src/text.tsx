// Renders parsed text. Everything ends as text nodes; nothing is ever set as HTML.

import { createContext, type ComponentChild, type ComponentChildren } from "preact";
import { useContext, useMemo } from "preact/hooks";
import { emojiOf } from "./emoji";
import { parseMrkdwn, safeLink, type Node } from "./mrkdwn";
import type { Target } from "./session";
import { fillDate, fullMoment } from "./time";
import type { Boot, Conversation, Me, Person } from "./types";

/** Who and what ids stand for, and in whose zone times are read. */
export interface DirectoryData {
  people: Map<string, Person>;
  me: Me;
  zone: string;
  conversations: Conversation[];
  channels: Map<string, Conversation>;
  commands: Boot["commands"];
  openChannel: (id: string) => void;
  openMessage: (target: Target) => void;
  openPerson: (id: string) => void;
}

export const Directory = createContext<DirectoryData | null>(null);
export const useDirectory = (): DirectoryData => useContext(Directory)!;

interface Mentioned {
  id: string;
  label?: string | null;
}

export function UserMention({ id, label }: Mentioned) {
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

export function ChannelMention({ id, label }: Mentioned) {
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
function permalinkTarget(href: string): Target | null {
  const { origin, pathname, searchParams } = new URL(href);
  const match = origin === location.origin && PERMALINK.exec(pathname);
  return match
    ? { channel: match[1], ts: `${match[2]}.${match[3]}`, threadTs: searchParams.get("thread_ts") }
    : null;
}

export function Link({ url, children }: { url: string; children: ComponentChildren }) {
  const { openMessage } = useDirectory();
  const href = safeLink(url);
  if (!href || !URL.canParse(href)) return <span>{children}</span>;
  const target = permalinkTarget(href);
  if (target) {
    const follow = (event: Event) => {
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

export function Emoji({ name }: { name: string }) {
  const character = emojiOf(name);
  if (!character) return <>{`:${name}:`}</>;
  return (
    <span class="emoji" role="img" aria-label={`:${name}:`} title={`:${name}:`}>
      {character}
    </span>
  );
}

export function Moment({
  seconds,
  pattern,
  link,
  fallback,
}: Omit<Extract<Node, { type: "date" }>, "type">) {
  const { zone } = useDirectory();
  const text = fillDate(pattern, seconds, zone);
  if (text === null) return <>{fallback}</>;
  const date = new Date(seconds * 1000);
  const shown = (
    <time dateTime={date.toISOString()} title={fullMoment(date, zone)}>
      {text}
    </time>
  );
  return link ? <Link url={link}>{shown}</Link> : shown;
}

function drawNode(node: Node): ComponentChild {
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
      throw new Error(`No rendering for ${JSON.stringify(node)}`);
  }
}

export const Nodes = ({ nodes }: { nodes: Node[] }) => <>{nodes.map(drawNode)}</>;

const Lines = ({ lines }: { lines: Node[][] }) => (
  <>
    {lines.map((line, index) => (index ? ["\n", <Nodes nodes={line} />] : <Nodes nodes={line} />))}
  </>
);

/** Slack's mrkdwn as it looks in a message. */
export function Mrkdwn({ text, verbatim = false }: { text: string; verbatim?: boolean }) {
  const blocks = useMemo(() => parseMrkdwn(text, { links: !verbatim }), [text, verbatim]);
  const drawn = blocks.map((block) => {
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
  return <>{drawn}</>;
}

/** Literal text in which only emoji names are replaced. */
export function PlainText({ text, emoji = true }: { text: string; emoji?: boolean }) {
  if (!emoji) return <>{text}</>;
  const drawn = text
    .split(/(:[a-z0-9_+'-]+(?:::skin-tone-[2-6])?:)/i)
    .map((part, index) => (index % 2 ? <Emoji name={part.slice(1, -1).toLowerCase()} /> : part));
  return <>{drawn}</>;
}

/** Block Kit's text object; many fields of ours take a bare string as well. */
export type Text = string | { type?: string; text: string; emoji?: boolean; verbatim?: boolean };

/** A text object of Block Kit, or a bare string. */
export function TextObject({ text }: { text?: Text | null }) {
  if (!text) return null;
  if (typeof text === "string") return <PlainText text={text} />;
  return text.type === "mrkdwn" ? (
    <Mrkdwn text={text.text} verbatim={text.verbatim} />
  ) : (
    <PlainText text={text.text} emoji={text.emoji !== false} />
  );
}

/** The characters of a text object, for names, titles and <option>s. */
export function plainOf(text: unknown): string {
  const raw = typeof text === "string" ? text : ((text as { text?: string })?.text ?? "");
  return raw.replace(/:([a-z0-9_+'-]+):/gi, (code, name) => emojiOf(name.toLowerCase()) ?? code);
}
