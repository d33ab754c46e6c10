// Blocks that show something from elsewhere, and the table that one leafs through.

import { useState } from "preact/hooks";
import { Icon } from "./icons";
import { Picture } from "./picture";
import { RichText } from "./richtext";
import { Link, TextObject, plainOf } from "./text";
import type { Block } from "./types";

const ROWS_AT_ONCE = 5; // where the app names no page size

/** The text that a cell shows; the other kinds are drawn as what they are. */
export function Cell({ cell }: { cell?: Block | null }) {
  if (!cell) return null;
  if (cell.type === "rich_text") return <RichText elements={cell.elements} />;
  return <>{cell.text ?? String(cell.value ?? "")}</>;
}

const valueOf = (cell: Block): number | string =>
  cell.type === "raw_number" ? cell.value : (cell.text ?? "");

function compare(a: Block, b: Block): number {
  const [one, other] = [valueOf(a), valueOf(b)];
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other), undefined, { numeric: true });
}

interface Order {
  column: number;
  down: boolean;
}

function ordered(rows: Block[][], order: Order | null): Block[][] {
  if (!order) return rows;
  const sorted = rows.toSorted((a, b) => compare(a[order.column], b[order.column]));
  return order.down ? sorted.reverse() : sorted;
}

/** A table whose rows are sorted by a press on their head, and leafed through by pages. */
export function DataTable({ block }: { block: Block }) {
  const [head, ...body]: Block[][] = block.rows;
  const [page, setPage] = useState(0);
  const [order, setOrder] = useState<Order | null>(null);
  const size: number = block.page_size ?? ROWS_AT_ONCE;
  const pages = Math.max(1, Math.ceil(body.length / size));
  const at = Math.min(page, pages - 1);
  const shown = ordered(body, order).slice(at * size, (at + 1) * size);
  const press = (column: number) => {
    setOrder({ column, down: order?.column === column && !order.down });
    setPage(0);
  };
  const sortOf = (column: number) => {
    if (order?.column !== column) return "none";
    return order.down ? "descending" : "ascending";
  };
  return (
    <div class="block data-table">
      <div class="table-scroll" tabIndex={0} role="region" aria-label={block.caption}>
        <table>
          <caption>{block.caption}</caption>
          <thead>
            <tr>
              {head.map((cell, column) => (
                <th scope="col" key={column} aria-sort={sortOf(column)}>
                  <button type="button" onClick={() => press(column)}>
                    <Cell cell={cell} />
                    {order?.column === column && (order.down ? " ↓" : " ↑")}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, index) => (
              <tr key={index}>
                {row.map((cell, column) =>
                  column === (block.row_header_column_index ?? 0) ? (
                    <th scope="row" key={column}>
                      <Cell cell={cell} />
                    </th>
                  ) : (
                    <td key={column} class={cell.type === "raw_number" ? "align-right" : ""}>
                      <Cell cell={cell} />
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {pages > 1 && (
        <div class="leaf">
          <button type="button" class="button" disabled={at === 0} onClick={() => setPage(at - 1)}>
            Previous
          </button>
          <span class="muted" aria-live="polite">
            Page {at + 1} of {pages}
          </span>
          <button
            type="button"
            class="button"
            disabled={at === pages - 1}
            onClick={() => setPage(at + 1)}
          >
            Next
          </button>
        </div>
      )}
    </div>
  );
}

/** A video plays where it lives: other sites' pages aren't let into this one. */
export function Video({ block }: { block: Block }) {
  return (
    <figure class="block video">
      <figcaption>
        {block.provider_name && <span class="muted">{block.provider_name}</span>}
        {block.author_name && <span class="muted">{block.author_name}</span>}
        <b>
          <Link url={block.title_url ?? block.video_url}>{plainOf(block.title)}</Link>
        </b>
        {block.description && (
          <span>
            <TextObject text={block.description} />
          </span>
        )}
      </figcaption>
      <Picture url={block.thumbnail_url} alt={block.alt_text} kind="block-image" />
      <Link url={block.video_url}>▶ Watch the video</Link>
    </figure>
  );
}

/** A file of another service: Slack knows it by its id, and so does this page. */
export function RemoteFile({ block }: { block: Block }) {
  return (
    <div class="block file-facts">
      <Icon name="file" size={22} />
      <span class="file-name">
        <b>A file kept elsewhere</b>
        <span class="muted">{block.external_id}</span>
      </span>
    </div>
  );
}

export function Call({ block }: { block: Block }) {
  const call = block.call?.v1;
  return (
    <div class="block file-facts">
      <Icon name="bell" size={22} />
      <span class="file-name">
        <b>{call?.name ?? "A call"}</b>
        {call?.join_url ? (
          <Link url={call.join_url}>Join</Link>
        ) : (
          <span class="muted">{block.call_id}</span>
        )}
      </span>
    </div>
  );
}
