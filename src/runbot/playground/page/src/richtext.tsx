// rich_text blocks: sections, lists, quotes and preformatted text.

import { h, type ComponentChild } from "preact";
import { ChannelMention, Emoji, Link, Moment, UserMention } from "./text";

const STYLES = ["code", "strike", "italic", "bold", "underline"] as const;
const TAGS = { code: "code", strike: "s", italic: "i", bold: "b", underline: "u" } as const;

type Style = Partial<Record<(typeof STYLES)[number], boolean>>;

const styled = (style: Style | undefined, content: ComponentChild): ComponentChild =>
  STYLES.reduce((inner, name) => (style?.[name] ? h(TAGS[name], {}, inner) : inner), content);

function Piece({ piece }) {
  switch (piece.type) {
    case "text":
      return styled(piece.style, piece.text);
    case "link":
      return styled(piece.style, <Link url={piece.url}>{piece.text || piece.url}</Link>);
    case "user":
      return <UserMention id={piece.user_id} />;
    case "channel":
      return <ChannelMention id={piece.channel_id} />;
    case "usergroup":
      return <span class="mention">@{piece.usergroup_id}</span>;
    case "broadcast":
      return <span class="mention mention-me">@{piece.range}</span>;
    case "emoji":
      return <Emoji name={piece.name} />;
    case "date":
      return (
        <Moment
          seconds={piece.timestamp}
          pattern={piece.format}
          link={piece.url}
          fallback={piece.fallback ?? ""}
        />
      );
    case "color":
      return <code>{piece.value}</code>;
    default:
      return piece.text ?? null;
  }
}

const Pieces = ({ pieces }) => pieces.map((piece) => <Piece piece={piece} />);

function RichList({ list }) {
  const items = list.elements.map((item) => (
    <li>
      <Pieces pieces={item.elements} />
    </li>
  ));
  const kind = `rich-list indent-${Math.min(list.indent ?? 0, 8)}`;
  return list.style === "ordered" ? (
    <ol class={kind} start={(list.offset ?? 0) + 1}>
      {items}
    </ol>
  ) : (
    <ul class={kind}>{items}</ul>
  );
}

export function RichText({ elements }) {
  return elements.map((element) => {
    switch (element.type) {
      case "rich_text_list":
        return <RichList list={element} />;
      case "rich_text_preformatted":
        return (
          <pre>
            <Pieces pieces={element.elements} />
          </pre>
        );
      case "rich_text_quote":
        return (
          <blockquote>
            <Pieces pieces={element.elements} />
          </blockquote>
        );
      default:
        return (
          <div class="lines">
            <Pieces pieces={element.elements ?? []} />
          </div>
        );
    }
  });
}
