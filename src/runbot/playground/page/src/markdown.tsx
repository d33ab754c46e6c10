// The `markdown` block: the everyday part of CommonMark, plus tables and task lists.
// HTML in it stays text, and so does whatever isn't recognised.

import { useMemo } from "preact/hooks";
import { Link, PlainText } from "./text";

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*\S*\s*$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const QUOTE = /^ {0,3}> ?/;
const TABLE_LINE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

function takeWhile(lines, from, test) {
  let end = from;
  while (end < lines.length && test(lines[end])) end += 1;
  return end;
}

function takeFence(lines, index, mark) {
  const closing = new RegExp(`^ {0,3}${mark[0]}{${mark.length},}\\s*$`);
  const end = takeWhile(lines, index + 1, (line) => !closing.test(line));
  return [{ type: "pre", text: lines.slice(index + 1, end).join("\n") }, end + 1];
}

function takeList(lines, index) {
  const [, lead, marker] = ITEM.exec(lines[index]);
  const ordered = /\d/.test(marker);
  const items = [];
  let at = index;
  while (at < lines.length) {
    const match = ITEM.exec(lines[at]);
    if (!match || match[1].length !== lead.length || /\d/.test(match[2]) !== ordered) break;
    const inner = [match[3]];
    at += 1;
    while (at < lines.length) {
      const line = lines[at];
      const indent = /^\s*/.exec(line)[0].length;
      const blankInside =
        !line.trim() &&
        /^\s{2,}\S/.test(lines[at + 1] ?? "") &&
        /^\s*/.exec(lines[at + 1])[0].length > lead.length;
      if (!blankInside && (indent <= lead.length || !line.trim())) break;
      inner.push(line.slice(Math.min(indent, lead.length + marker.length + 1)));
      at += 1;
    }
    items.push(parseBlocks(inner));
    if (!lines[at]?.trim() && ITEM.exec(lines[at + 1] ?? "")?.[1].length === lead.length) at += 1;
  }
  return [{ type: "list", ordered, start: ordered ? Number.parseInt(marker, 10) : 1, items }, at];
}

const cells = (line) =>
  line
    .trim()
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));

function takeTable(lines, index) {
  const end = takeWhile(lines, index + 2, (line) => line.includes("|"));
  return [
    { type: "table", head: cells(lines[index]), rows: lines.slice(index + 2, end).map(cells) },
    end,
  ];
}

const startsBlock = (line) =>
  !line.trim() ||
  FENCE.test(line) ||
  HEADING.test(line) ||
  RULE.test(line) ||
  QUOTE.test(line) ||
  ITEM.test(line);

function takeBlock(lines, index) {
  const line = lines[index];
  const fence = FENCE.exec(line);
  if (fence) return takeFence(lines, index, fence[1]);
  const heading = HEADING.exec(line);
  if (heading) return [{ type: "heading", level: heading[1].length, text: heading[2] }, index + 1];
  if (RULE.test(line)) return [{ type: "rule" }, index + 1];
  if (QUOTE.test(line)) {
    const end = takeWhile(lines, index, (one) => QUOTE.test(one));
    const inner = lines.slice(index, end).map((one) => one.replace(QUOTE, ""));
    return [{ type: "quote", blocks: parseBlocks(inner) }, end];
  }
  if (ITEM.test(line)) return takeList(lines, index);
  if (line.includes("|") && TABLE_LINE.test(lines[index + 1] ?? "")) return takeTable(lines, index);
  const end = takeWhile(lines, index + 1, (one) => !startsBlock(one));
  return [
    {
      type: "paragraph",
      text: lines
        .slice(index, end)
        .map((one) => one.trim())
        .join("\n"),
    },
    end,
  ];
}

export function parseBlocks(lines) {
  const blocks = [];
  for (let index = 0; index < lines.length;) {
    if (!lines[index].trim()) {
      index += 1;
      continue;
    }
    const [block, next] = takeBlock(lines, index);
    blocks.push(block);
    index = next;
  }
  return blocks;
}

// In the order in which they win; each turns its match into a node.
const INLINE = [
  [/\\([\\`*_{}[\]()#+\-.!|>~<])/y, (match) => match[1]],
  [/(`+)([^`]|[^`][\s\S]*?[^`])\1(?!`)/y, (match) => <code>{match[2]}</code>],
  [
    /!?\[((?:[^\]\\]|\\.)*)\]\(((?:[^\s()]|\([^\s()]*\))+)(?:\s+"[^"]*")?\)/y,
    (match) => (
      <Link url={match[2]}>
        <Inline text={match[1]} />
      </Link>
    ),
  ],
  [/<((?:https?:\/\/|mailto:)[^\s<>]+)>/iy, (match) => <Link url={match[1]}>{match[1]}</Link>],
  [
    /https?:\/\/[^\s<>)\]]*[^\s<>)\].,;:!?'"*_]/iy,
    (match) => <Link url={match[0]}>{match[0]}</Link>,
  ],
  [
    /(\*\*|__)(?=\S)([\s\S]*?\S)\1/y,
    (match) => (
      <b>
        <Inline text={match[2]} />
      </b>
    ),
  ],
  [
    /~~(?=\S)([\s\S]*?\S)~~/y,
    (match) => (
      <s>
        <Inline text={match[1]} />
      </s>
    ),
  ],
  [
    /\*(?=\S)([^*]*?[^\s*])\*/y,
    (match) => (
      <i>
        <Inline text={match[1]} />
      </i>
    ),
  ],
  [
    /(?<![\p{L}\p{N}])_(?=\S)([^_]*?[^\s_])_(?![\p{L}\p{N}])/uy,
    (match) => (
      <i>
        <Inline text={match[1]} />
      </i>
    ),
  ],
];

function parseInline(text) {
  const nodes = [];
  let plain = "";
  for (let index = 0; index < text.length;) {
    let found = null;
    for (const [pattern, render] of INLINE) {
      pattern.lastIndex = index;
      const match = pattern.exec(text);
      if (match) {
        found = [match[0].length, render(match)];
        break;
      }
    }
    if (!found) {
      plain += text[index];
      index += 1;
      continue;
    }
    if (plain) nodes.push(<PlainText text={plain} />);
    plain = "";
    nodes.push(found[1]);
    index += found[0];
  }
  if (plain) nodes.push(<PlainText text={plain} />);
  return nodes;
}

function Inline({ text }) {
  return parseInline(text);
}

function Item({ blocks }) {
  const [first, ...rest] = blocks;
  if (first?.type !== "paragraph")
    return (
      <li>
        <Blocks blocks={blocks} />
      </li>
    );
  const task = /^\[([ xX])\]\s+/.exec(first.text);
  const text = task ? first.text.slice(task[0].length) : first.text;
  const box = task && (
    <input type="checkbox" disabled checked={task[1] !== " "} aria-label="Task" />
  );
  return (
    <li class={task ? "task" : ""}>
      {box}
      <Inline text={text} />
      <Blocks blocks={rest} />
    </li>
  );
}

function Blocks({ blocks }) {
  return blocks.map((block) => {
    switch (block.type) {
      case "pre":
        return <pre>{block.text}</pre>;
      case "heading":
        return (
          <div
            class={`md-heading md-heading-${block.level}`}
            role="heading"
            aria-level={Math.min(block.level + 2, 6)}
          >
            <Inline text={block.text} />
          </div>
        );
      case "rule":
        return <hr />;
      case "quote":
        return (
          <blockquote>
            <Blocks blocks={block.blocks} />
          </blockquote>
        );
      case "list": {
        const items = block.items.map((item) => <Item blocks={item} />);
        return block.ordered ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>;
      }
      case "table":
        return (
          <div class="table-scroll">
            <table>
              <thead>
                <tr>
                  {block.head.map((cell) => (
                    <th scope="col">
                      <Inline text={cell} />
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {block.rows.map((row) => (
                  <tr>
                    {row.map((cell) => (
                      <td>
                        <Inline text={cell} />
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        );
      default:
        return (
          <p>
            <Inline text={block.text} />
          </p>
        );
    }
  });
}

export function Markdown({ text }) {
  const blocks = useMemo(() => parseBlocks(text.split(/\r?\n/)), [text]);
  return (
    <div class="markdown">
      <Blocks blocks={blocks} />
    </div>
  );
}
