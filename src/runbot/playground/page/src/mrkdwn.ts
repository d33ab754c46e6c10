// Slack's mrkdwn, parsed into a tree of plain objects. Rendering is in text.tsx. The parser that npm
// has differs from Slack in what docs/decisions/0007-page-build.md lists.
// https://docs.slack.dev/messaging/formatting-message-text

export type Node =
  | { type: "text"; text: string }
  | { type: "bold" | "italic" | "strike" | "code"; children: Node[] }
  | { type: "link"; url: string; children: Node[] }
  | { type: "user" | "channel"; id: string; label: string | null }
  | { type: "broadcast"; text: string }
  | { type: "emoji"; name: string }
  | { type: "date"; seconds: number; pattern: string; link: string | null; fallback: string };

/** Lines of a paragraph or of a quote, or preformatted text. */
export type TextBlock =
  { type: "lines" | "quote"; children: Node[][] } | { type: "pre"; children: Node[] };

interface Options {
  links?: boolean; // whether bare addresses become links
}

interface Found {
  length: number;
  node: Node;
}

const unescape = (text: string): string =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

const SAFE_LINK = /^(https?:\/\/|mailto:)/i;
const BARE_LINK = /https?:\/\/[^\s<>|`]+/iy;
const EMOJI_CODE = /:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/iy;
const MARKS: Record<string, "bold" | "italic" | "strike"> = {
  "*": "bold",
  _: "italic",
  "~": "strike",
};
const WORD = /[\p{L}\p{N}]/u;

/** The address itself if a person may be sent there, else null. */
export const safeLink = (url: string): string | null => (SAFE_LINK.test(url) ? url : null);

function mergeText(nodes: Node[]): Node[] {
  const merged: Node[] = [];
  for (const node of nodes) {
    const last = merged.at(-1);
    if (node.type === "text" && last?.type === "text") last.text += node.text;
    else merged.push(node.type === "text" ? { ...node } : node);
  }
  return merged;
}

/** What stands between < and >: a mention, a date or a link; null where it is none of them. */
function parseControl(inner: string): Node | null {
  const bar = inner.indexOf("|");
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? null : unescape(inner.slice(bar + 1));
  if (/^@[UWB][A-Z0-9]+$/.test(target)) return { type: "user", id: target.slice(1), label };
  if (/^#[CG][A-Z0-9]+$/.test(target)) return { type: "channel", id: target.slice(1), label };
  if (target.startsWith("!date^")) {
    const [, seconds, pattern, link] = target.split("^");
    if (!/^\d+$/.test(seconds ?? "") || pattern === undefined) return null;
    return {
      type: "date",
      seconds: Number(seconds),
      pattern: unescape(pattern),
      link: link ? safeLink(unescape(link)) : null,
      fallback: label ?? "",
    };
  }
  if (target.startsWith("!subteam^")) {
    return { type: "broadcast", text: label ?? `@${target.slice("!subteam^".length)}` };
  }
  if (/^!(here|channel|everyone)$/.test(target)) {
    return { type: "broadcast", text: `@${target.slice(1)}` };
  }
  if (target.startsWith("!")) return { type: "text", text: label ?? `<${target}>` };
  if (!/^[a-z][a-z0-9+.-]*:/i.test(target)) return null;
  const url = unescape(target);
  const shown = label ?? url.replace(/^mailto:/i, "");
  const href = safeLink(url);
  return href
    ? { type: "link", url: href, children: [{ type: "text", text: shown }] }
    : { type: "text", text: shown };
}

/** Where a formatting mark opened at `start` closes, or -1. Code and <…> are passed over. */
function closingMark(text: string, start: number, mark: string): number {
  for (let index = start + 1; index < text.length; index += 1) {
    const char = text[index];
    if (char === "`" || char === "<") {
      const end = text.indexOf(char === "<" ? ">" : "`", index + 1);
      if (end > 0) index = end;
    } else if (char === mark && index > start + 1) {
      const before = text[index - 1];
      const after = text[index + 1];
      if (
        !/\s/.test(before) &&
        before !== mark &&
        (after === undefined || (!WORD.test(after) && after !== mark))
      )
        return index;
    }
  }
  return -1;
}

function opensMark(text: string, index: number): boolean {
  const before = text[index - 1];
  const after = text[index + 1];
  return (
    (before === undefined || !WORD.test(before)) &&
    after !== undefined &&
    !/\s/.test(after) &&
    after !== text[index]
  );
}

function parseCode(inner: string): Node[] {
  // Slack shows links inside code, and nothing else.
  const nodes: Node[] = [];
  let rest = inner;
  for (
    let match;
    (match = /<([^<>\n]+)>/.exec(rest));
    rest = rest.slice(match.index + match[0].length)
  ) {
    nodes.push({ type: "text", text: unescape(rest.slice(0, match.index)) });
    nodes.push(parseControl(match[1]) ?? { type: "text", text: match[0] });
  }
  nodes.push({ type: "text", text: unescape(rest) });
  return mergeText(nodes).filter((node) => node.type !== "text" || node.text);
}

function bareLink(text: string, index: number): Found | null {
  BARE_LINK.lastIndex = index;
  const match = BARE_LINK.exec(text);
  if (!match) return null;
  // A full stop or a bracket after an address belongs to the sentence.
  const raw = match[0].replace(/(&gt;|&lt;|[.,;:!?'")\]}*_~])+$/, "");
  const url = unescape(raw);
  return {
    length: raw.length,
    node: { type: "link", url, children: [{ type: "text", text: url }] },
  };
}

function parseAt(text: string, index: number, { links }: Options): Found | null {
  const char = text[index];
  if (char === "<") {
    const end = text.indexOf(">", index);
    const node = end > 0 ? parseControl(text.slice(index + 1, end)) : null;
    return node && { length: end - index + 1, node };
  }
  if (char === "`") {
    const end = text.indexOf("`", index + 1);
    if (end <= index + 1) return null;
    return {
      length: end - index + 1,
      node: { type: "code", children: parseCode(text.slice(index + 1, end)) },
    };
  }
  if (MARKS[char] && opensMark(text, index)) {
    const end = closingMark(text, index, char);
    if (end < 0) return null;
    const children = parseInline(text.slice(index + 1, end), { links });
    return { length: end - index + 1, node: { type: MARKS[char], children } };
  }
  if (char === ":") {
    EMOJI_CODE.lastIndex = index;
    const match = EMOJI_CODE.exec(text);
    return (
      match && { length: match[0].length, node: { type: "emoji", name: match[1].toLowerCase() } }
    );
  }
  if (links && (char === "h" || char === "H") && !WORD.test(text[index - 1] ?? " "))
    return bareLink(text, index);
  return null;
}

/** One line's nodes. `links` says whether bare addresses become links. */
export function parseInline(text: string, { links = true }: Options = {}): Node[] {
  const nodes: Node[] = [];
  let plainFrom = 0;
  const plainUntil = (index) => {
    if (index > plainFrom)
      nodes.push({ type: "text", text: unescape(text.slice(plainFrom, index)) });
  };
  for (let index = 0; index < text.length;) {
    const found = parseAt(text, index, { links });
    if (!found) {
      index += 1;
      continue;
    }
    plainUntil(index);
    nodes.push(found.node);
    index += found.length;
    plainFrom = index;
  }
  plainUntil(text.length);
  return mergeText(nodes);
}

const QUOTE = /^(?:&gt;|>) ?/;
const QUOTE_REST = /^(?:&gt;|>){3} ?/;

function parseLines(text: string, options: Options): TextBlock[] {
  const blocks: TextBlock[] = [];
  const lines = text.split("\n");
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index];
    if (QUOTE_REST.test(line)) {
      const rest = [line.replace(QUOTE_REST, ""), ...lines.slice(index + 1)].join("\n");
      blocks.push({
        type: "quote",
        children: rest.split("\n").map((one) => parseInline(one, options)),
      });
      break;
    }
    const kind = QUOTE.test(line) ? "quote" : "lines";
    const children = parseInline(kind === "quote" ? line.replace(QUOTE, "") : line, options);
    const last = blocks.at(-1);
    if (last?.type === kind) last.children.push(children);
    else blocks.push({ type: kind, children: [children] });
  }
  return blocks;
}

/** Blocks: {type: "lines" | "quote", children: [nodes of a line]} and {type: "pre", children}. */
export function parseMrkdwn(text: string, options: Options = {}): TextBlock[] {
  const blocks: TextBlock[] = [];
  const fence = /```([\s\S]+?)```/g;
  let from = 0;
  for (let match; (match = fence.exec(text)); from = fence.lastIndex) {
    const before = text.slice(from, match.index).replace(/\n$/, "");
    if (before) blocks.push(...parseLines(before, options));
    blocks.push({
      type: "pre",
      children: parseCode(match[1].replace(/^\n/, "").replace(/\n$/, "")),
    });
  }
  const rest = from ? text.slice(from).replace(/^\n/, "") : text;
  if (rest) blocks.push(...parseLines(rest, options));
  return blocks;
}
