// The `markdown` block, parsed by markdown-it. Its tokens become elements here, and never HTML:
// HTML in the text stays text, a link is one only where a person may be sent there, and a picture
// is shown as a link, as Slack does.

import MarkdownIt from "markdown-it";
import type { ComponentChild, ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { Link, PlainText } from "./text";

type Token = ReturnType<typeof parser.parse>[number];

const parser = new MarkdownIt("default", { html: false, linkify: true, breaks: true });
// "run.sh" and "api.py" are files far more often than sites: only whole addresses become links.
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
// Each link is judged where it is drawn, so that one that may not be followed keeps its words.
parser.validateLink = () => true;

const TASK = /^\[([ xX])\]\s+/;
const LEVEL_OF_H1 = 3; // under the page's own headings

/** A heading's level in the page, and what it looks like. */
function heading(tag: string, children: ComponentChildren) {
  const level = Number(tag.slice(1));
  return (
    <div
      class={`md-heading md-heading-${level}`}
      role="heading"
      aria-level={Math.min(level + LEVEL_OF_H1 - 1, 6)}
    >
      {children}
    </div>
  );
}

function taskOf(item: Token[]): RegExpExecArray | null {
  const inline = item.find((token) => token.type === "inline");
  const first = inline?.children?.[0];
  return first?.type === "text" ? TASK.exec(first.content) : null;
}

function listItem(tokens: Token[]): ComponentChild {
  const task = taskOf(tokens);
  if (!task) return <li>{blocks(tokens)}</li>;
  const text = tokens.find((token) => token.type === "inline")!.children![0];
  text.content = text.content.slice(task[0].length);
  return (
    <li class="task">
      <input type="checkbox" disabled checked={task[1] !== " "} aria-label="Task" />
      {blocks(tokens)}
    </li>
  );
}

/** What stands between an opening token and its closing one. */
function element(open: Token, inner: Token[]): ComponentChild {
  switch (open.type) {
    case "paragraph_open":
      return open.hidden ? blocks(inner) : <p>{blocks(inner)}</p>;
    case "heading_open":
      return heading(open.tag, blocks(inner));
    case "blockquote_open":
      return <blockquote>{blocks(inner)}</blockquote>;
    case "bullet_list_open":
      return <ul>{blocks(inner)}</ul>;
    case "ordered_list_open":
      return <ol start={Number(open.attrGet("start") ?? 1)}>{blocks(inner)}</ol>;
    case "list_item_open":
      return listItem(inner);
    case "table_open":
      return (
        <div class="table-scroll">
          <table>{blocks(inner)}</table>
        </div>
      );
    case "thead_open":
      return <thead>{blocks(inner)}</thead>;
    case "tbody_open":
      return <tbody>{blocks(inner)}</tbody>;
    case "tr_open":
      return <tr>{blocks(inner)}</tr>;
    case "th_open":
      return (
        <th scope="col" class={alignment(open)}>
          {blocks(inner)}
        </th>
      );
    case "td_open":
      return <td class={alignment(open)}>{blocks(inner)}</td>;
    case "link_open":
      return <Link url={String(open.attrGet("href") ?? "")}>{blocks(inner)}</Link>;
    case "strong_open":
      return <b>{blocks(inner)}</b>;
    case "em_open":
      return <i>{blocks(inner)}</i>;
    case "s_open":
      return <s>{blocks(inner)}</s>;
    default:
      throw new Error(`No rendering for ${open.type}`);
  }
}

/** markdown-it gives the alignment as a style; the page's policy takes none, so it is a class. */
function alignment(open: Token): string | undefined {
  const side = /text-align:(left|center|right)/.exec(String(open.attrGet("style") ?? ""))?.[1];
  return side && `align-${side}`;
}

function leaf(token: Token): ComponentChild {
  switch (token.type) {
    case "inline":
      return blocks(token.children ?? []);
    case "text":
      return <PlainText text={token.content} />;
    case "text_special":
    case "html_inline":
    case "html_block":
      return token.content;
    case "softbreak":
    case "hardbreak":
      return "\n";
    case "code_inline":
      return <code>{token.content}</code>;
    case "code_block":
    case "fence":
      return <pre>{token.content.replace(/\n$/, "")}</pre>;
    case "hr":
      return <hr />;
    case "image":
      return <Link url={String(token.attrGet("src") ?? "")}>{token.content || "Picture"}</Link>;
    default:
      throw new Error(`No rendering for ${token.type}`);
  }
}

/** The index of the token that closes the one at `start`. */
function closing(tokens: Token[], start: number): number {
  let depth = 0;
  for (let index = start; index < tokens.length; index += 1) {
    depth += tokens[index].nesting;
    if (depth === 0) return index;
  }
  return tokens.length;
}

function blocks(tokens: Token[]): ComponentChild[] {
  const drawn: ComponentChild[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token.nesting === 1) {
      const end = closing(tokens, index);
      drawn.push(element(token, tokens.slice(index + 1, end)));
      index = end;
    } else drawn.push(leaf(token));
  }
  return drawn;
}

export function Markdown({ text }: { text: string }) {
  const drawn = useMemo(() => blocks(parser.parse(text, {})), [text]);
  return <div class="markdown">{drawn}</div>;
}
