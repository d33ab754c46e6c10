// rich_text blocks: sections, lists, quotes and preformatted text.

import { html } from "./vendor/preact-htm.js";
import { ChannelMention, Emoji, Link, Moment, UserMention } from "./text.js";

const STYLES = [["code", "code"], ["strike", "s"], ["italic", "i"], ["bold", "b"]];

function styled(style, content) {
  return STYLES.reduce((inner, [name, tag]) => (style?.[name] ? html`<${tag}>${inner}<//>` : inner), content);
}

function Piece({ piece }) {
  switch (piece.type) {
    case "text":
      return styled(piece.style, piece.text);
    case "link":
      return styled(piece.style, html`<${Link} url=${piece.url}>${piece.text || piece.url}<//>`);
    case "user":
      return html`<${UserMention} id=${piece.user_id} />`;
    case "channel":
      return html`<${ChannelMention} id=${piece.channel_id} />`;
    case "usergroup":
      return html`<span class="mention">@${piece.usergroup_id}</span>`;
    case "broadcast":
      return html`<span class="mention mention-me">@${piece.range}</span>`;
    case "emoji":
      return html`<${Emoji} name=${piece.name} />`;
    case "date":
      return html`<${Moment} seconds=${piece.timestamp} pattern=${piece.format} link=${piece.url} fallback=${piece.fallback ?? ""} />`;
    case "color":
      return html`<code>${piece.value}</code>`;
    default:
      return piece.text ?? null;
  }
}

const Pieces = ({ pieces }) => pieces.map((piece) => html`<${Piece} piece=${piece} />`);

function RichList({ list }) {
  const items = list.elements.map((item) => html`<li><${Pieces} pieces=${item.elements} /></li>`);
  const kind = `rich-list indent-${Math.min(list.indent ?? 0, 8)}`;
  return list.style === "ordered"
    ? html`<ol class=${kind} start=${(list.offset ?? 0) + 1}>${items}</ol>`
    : html`<ul class=${kind}>${items}</ul>`;
}

export function RichText({ elements }) {
  return elements.map((element) => {
    switch (element.type) {
      case "rich_text_list":
        return html`<${RichList} list=${element} />`;
      case "rich_text_preformatted":
        return html`<pre><${Pieces} pieces=${element.elements} /></pre>`;
      case "rich_text_quote":
        return html`<blockquote><${Pieces} pieces=${element.elements} /></blockquote>`;
      default:
        return html`<div class="lines"><${Pieces} pieces=${element.elements ?? []} /></div>`;
    }
  });
}
