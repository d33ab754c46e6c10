// A JSON value as a tree: closed below the first levels, searched, copied. What isn't open isn't
// drawn, and long texts and lists are drawn in part, so that a big payload costs little.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Icon } from "./icons";

const OPEN_LEVELS = 2;
const AT_ONCE = 100;
const LONGEST_TEXT = 600;
const FOUND_MOST = 200;

type Path = string;

const isTree = (value: unknown): value is object => typeof value === "object" && value !== null;
const under = (path: Path, key: string): Path => `${path}/${key.replaceAll("/", "~1")}`;

interface Found {
  hits: Set<Path>;
  above: Set<Path>; // what must be open for the hits to be seen
}

/** Where a text stands, as a key or in a value, in any case. */
export function search(value: unknown, wanted: string): Found {
  const hits = new Set<Path>();
  const above = new Set<Path>();
  const word = wanted.toLowerCase();
  const walk = (node: unknown, path: Path, key: string, parents: Path[]): void => {
    if (hits.size >= FOUND_MOST) return;
    const text = isTree(node) ? key : `${key} ${String(node)}`;
    if (text.toLowerCase().includes(word)) {
      hits.add(path);
      for (const parent of parents) above.add(parent);
    }
    if (!isTree(node)) return;
    const inner = [...parents, path];
    for (const [name, child] of Object.entries(node)) walk(child, under(path, name), name, inner);
  };
  if (word) walk(value, "", "", []);
  return { hits, above };
}

function Text({ value }: { value: string }) {
  const [whole, setWhole] = useState(false);
  const long = value.length > LONGEST_TEXT && !whole;
  return (
    <>
      <span class="json-string">
        {JSON.stringify(long ? value.slice(0, LONGEST_TEXT) : value)}
        {long && "…"}
      </span>
      {long && (
        <button type="button" class="json-more" onClick={() => setWhole(true)}>
          all {value.length.toLocaleString("en")} characters
        </button>
      )}
    </>
  );
}

function Leaf({ value }: { value: unknown }) {
  if (typeof value === "string") return <Text value={value} />;
  return <span class={`json-${value === null ? "null" : typeof value}`}>{String(value)}</span>;
}

interface NodeProps {
  name: string;
  value: unknown;
  path: Path;
  level: number;
  found: Found;
}

/** What a closed object is, by what usually names it. */
function hint(value: object): string {
  if (Array.isArray(value)) return `${value.length} ${value.length === 1 ? "item" : "items"}`;
  const { type, action_id: action, block_id: block } = value as Record<string, unknown>;
  const named = [type, action ?? block].filter((one) => typeof one === "string");
  return named.join(" · ") || `${Object.keys(value).length} fields`;
}

function Branch({ name, value, path, level, found }: NodeProps & { value: object }) {
  const [open, setOpen] = useState(level < OPEN_LEVELS);
  const [shown, setShown] = useState(AT_ONCE);
  const wanted = found.above.has(path);
  useEffect(() => {
    if (wanted) setOpen(true);
  }, [wanted, found]);
  const entries = useMemo(() => (open ? Object.entries(value) : []), [open, value]);
  // A hit past the first ones is shown all the same, and what lies between them is not.
  const drawn = useMemo(
    () => entries.filter(([key], at) => at < shown || (wanted && isHit(found, under(path, key)))),
    [entries, shown, wanted, found],
  );
  const [before, after] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  return (
    <li class={found.hits.has(path) ? "json-hit" : undefined}>
      <button type="button" class="json-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span class="json-arrow" aria-hidden="true"></span>
        {name !== "" && <span class="json-key">{name}: </span>}
        {before}
        {!open && (
          <>
            <span class="json-hint">{hint(value)}</span>
            {after}
          </>
        )}
      </button>
      {open && (
        <>
          <ul>
            {drawn.map(([key, child]) => (
              <Node
                key={key}
                name={key}
                value={child}
                path={under(path, key)}
                level={level + 1}
                found={found}
              />
            ))}
            {entries.length > drawn.length && (
              <li>
                <button type="button" class="json-more" onClick={() => setShown(shown + AT_ONCE)}>
                  {entries.length - drawn.length} more
                </button>
              </li>
            )}
          </ul>
          {after}
        </>
      )}
    </li>
  );
}

const isHit = (found: Found, path: Path) => found.hits.has(path) || found.above.has(path);

function Node(props: NodeProps) {
  const { name, value, path, found } = props;
  if (isTree(value)) return <Branch {...props} value={value} />;
  return (
    <li class={found.hits.has(path) ? "json-hit json-leaf" : "json-leaf"}>
      {name !== "" && <span class="json-key">{name}: </span>}
      <Leaf value={value} />
    </li>
  );
}

export function CopyButton({ text, label }: { text: () => string; label: string }) {
  const [copied, setCopied] = useState(false);
  const press = async () => {
    await navigator.clipboard.writeText(text());
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <button type="button" class="button small" aria-label={label} onClick={press}>
      {copied ? "Copied" : "Copy"}
    </button>
  );
}

export function Json({ title, value }: { title: string; value: unknown }) {
  const [wanted, setWanted] = useState("");
  const found = useMemo(() => search(value, wanted.trim()), [value, wanted]);
  const tree = useRef<HTMLUListElement>(null);
  useEffect(() => {
    if (!found.hits.size) return;
    // What holds it is opened by then.
    const seen = requestAnimationFrame(() =>
      tree.current?.querySelector(".json-hit")?.scrollIntoView({ block: "center" }),
    );
    return () => cancelAnimationFrame(seen);
  }, [found]);
  if (!isTree(value)) {
    return (
      <div class="json-one">
        <h4>{title}</h4> <Leaf value={value} />
      </div>
    );
  }
  const count = found.hits.size;
  return (
    <section class="json" aria-label={title}>
      <header>
        <h4>{title}</h4>
        <label class="json-search">
          <Icon name="search" size={13} />
          <input
            type="search"
            value={wanted}
            aria-label={`Search in ${title.toLowerCase()}`}
            placeholder="Search"
            onInput={(event) => setWanted(event.currentTarget.value)}
          />
        </label>
        {wanted.trim() && (
          <span class="muted" role="status">
            {count >= FOUND_MOST ? `${FOUND_MOST} or more` : count} found
          </span>
        )}
        <CopyButton
          label={`Copy ${title.toLowerCase()}`}
          text={() => JSON.stringify(value, null, 2)}
        />
      </header>
      <ul class="json-tree" ref={tree}>
        <Node name="" value={value} path="" level={0} found={found} />
      </ul>
    </section>
  );
}
