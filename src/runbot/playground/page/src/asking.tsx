// Elements whose values come from elsewhere: options that the app is asked for, and files.

import { useEffect, useRef, useState } from "preact/hooks";
import { ActError } from "./actions";
import { ApiError, type Suggested } from "./api";
import { Attachments, useUploads } from "./files";
import { useSurface, type ElementProps } from "./forms";
import { Icon } from "./icons";
import { keyOf, useNaming, useValue } from "./inputs";
import { plainOf } from "./text";
import type { Block } from "./types";

const PAUSE_MS = 250;
const SHORTEST_QUERY = 3; // Slack's, where the element names none

interface Asked {
  groups: { label?: string; options: Block[] }[];
  error: string | null;
  busy: boolean;
}

const NOTHING: Asked = { groups: [], error: null, busy: false };

function groupsOf({ options, option_groups: groups }: Suggested): Asked["groups"] {
  if (!groups) return options?.length ? [{ options }] : [];
  return groups.map((group) => ({ label: plainOf(group.label), options: group.options }));
}

/** The app's answer to what is typed; one that a later question has overtaken is dropped. */
function useSuggestions({ block, element }: ElementProps, query: string, open: boolean): Asked {
  const surface = useSurface();
  const [asked, setAsked] = useState<Asked>(NOTHING);
  const least = element.min_query_length ?? SHORTEST_QUERY;
  useEffect(() => {
    if (!open || query.length < least) {
      setAsked(NOTHING);
      return undefined;
    }
    let overtaken = false;
    setAsked((before) => ({ ...before, busy: true }));
    const timer = setTimeout(async () => {
      const { block_id, action_id } = { ...block, ...element };
      const question = { ...surface.where, block_id, action_id, value: query };
      try {
        const answer = await surface.session.acts.suggest(question);
        if (!overtaken) setAsked({ groups: groupsOf(answer), error: null, busy: false });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (!overtaken) setAsked({ ...NOTHING, error: error.message });
      }
    }, PAUSE_MS);
    return () => {
      overtaken = true;
      clearTimeout(timer);
    };
  }, [query, open, least]);
  return asked;
}

interface FoundProps {
  id: string;
  asked: Asked;
  query: string;
  least: number;
  picked: number;
  onPick: (option: Block) => void;
}

function Found({ id, asked, query, least, picked, onPick }: FoundProps) {
  const all = asked.groups.flatMap((group) => group.options);
  const hint = () => {
    if (query.length < least) {
      return `Type ${least === 1 ? "a letter" : `${least} letters`} or more to search.`;
    }
    return asked.busy ? "Searching…" : "No results";
  };
  return (
    <div class="found">
      {asked.error && <ActError error={asked.error} />}
      {!asked.error && !all.length && (
        <p class="muted" role="status">
          {hint()}
        </p>
      )}
      <ul role="listbox" id={id} aria-label="Options">
        {asked.groups.map((group) => (
          <>
            {group.label && (
              <li role="presentation" class="found-group">
                {group.label}
              </li>
            )}
            {group.options.map((option) => (
              <li
                role="option"
                key={option.value}
                id={`${id}-${all.indexOf(option)}`}
                aria-selected={all.indexOf(option) === picked}
                onMouseDown={(event) => {
                  event.preventDefault();
                  onPick(option);
                }}
              >
                {plainOf(option.text)}
              </li>
            ))}
          </>
        ))}
      </ul>
    </div>
  );
}

/** A select whose options the app gives while one types; one of them, or several. */
export function ExternalSelect({ block, element, invalid }: ElementProps) {
  const { value, change, error } = useValue(block, element);
  const many = element.type.startsWith("multi_");
  const chosen: Block[] = many ? value : value ? [value] : [];
  const [query, setQuery] = useState("");
  const [open, setOpen] = useState(false);
  const [picked, setPicked] = useState(0);
  const names = useNaming(block, element);
  const asked = useSuggestions({ block, element }, query, open);
  const taken = new Set(chosen.map(keyOf));
  const groups = asked.groups.map((group) => ({
    ...group,
    options: group.options.filter((one) => !taken.has(one.value)),
  }));
  const free = groups.flatMap((group) => group.options);
  const full = many && taken.size >= (element.max_selected_items ?? Infinity);
  const pick = (option: Block) => {
    setQuery("");
    setOpen(false);
    change(many ? [...value, option] : option);
  };
  const remove = (option: Block) =>
    change(many ? value.filter((one: Block) => keyOf(one) !== keyOf(option)) : null);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && free.length) setPicked((picked + step + free.length) % free.length);
    else if (event.key === "Enter" && open && free[picked]) pick(free[picked]);
    else if (event.key === "Escape" && open && query) {
      setOpen(false);
      setQuery("");
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const listId = `${names.id}-found`;
  return (
    <span class="element wide external">
      {chosen.length > 0 && (
        <span class="chosen">
          {chosen.map((one) => (
            <button
              type="button"
              class="chip"
              key={keyOf(one)}
              aria-label={`Remove ${plainOf(one.text)}`}
              onClick={() => remove(one)}
            >
              {plainOf(one.text)} ✕
            </button>
          ))}
        </span>
      )}
      <input
        {...names}
        type="text"
        role="combobox"
        class="text-input"
        autocomplete="off"
        aria-autocomplete="list"
        aria-expanded={open}
        aria-controls={open ? listId : undefined}
        aria-activedescendant={open && free[picked] ? `${listId}-${picked}` : undefined}
        aria-invalid={invalid}
        disabled={full}
        placeholder={plainOf(element.placeholder) || "Search"}
        value={query}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setOpen(true);
          setPicked(0);
        }}
        onKeyDown={onKeyDown}
      />
      {open && (
        <Found
          id={listId}
          asked={{ ...asked, groups }}
          query={query}
          least={element.min_query_length ?? SHORTEST_QUERY}
          picked={picked}
          onPick={pick}
        />
      )}
      <ActError error={error} />
    </span>
  );
}

/** Files that go with a form; each is sent up at once, and the form names those that arrived. */
export function FileInput({ block, element, invalid }: ElementProps) {
  const surface = useSurface();
  const { change } = useValue(block, element);
  const { attachments, add, remove } = useUploads(surface.session);
  const chooser = useRef<HTMLInputElement>(null);
  const names = useNaming(block, element);
  const arrived = attachments.flatMap((one) => (one.file ? [{ id: one.file.id }] : []));
  useEffect(() => {
    change(arrived, { send: false });
  }, [arrived.map((one) => one.id).join(" ")]);
  const most: number = element.max_files ?? 10;
  const left = most - attachments.length;
  const types: string[] | undefined = element.filetypes;
  return (
    <span class="element wide file-input">
      <input
        {...names}
        ref={chooser}
        type="file"
        class="visually-hidden"
        multiple={most > 1}
        accept={types?.map((type) => `.${type}`).join(",")}
        aria-invalid={invalid}
        disabled={left <= 0}
        onChange={(event) => {
          add([...(event.currentTarget.files ?? [])].slice(0, left));
          event.currentTarget.value = "";
        }}
      />
      <Attachments attachments={attachments} onRemove={remove} />
      <button
        type="button"
        class="button"
        tabIndex={-1}
        aria-hidden="true"
        disabled={left <= 0}
        onClick={() => chooser.current!.click()}
      >
        <Icon name="attach" size={16} /> {most > 1 ? "Add files" : "Add a file"}
      </button>
    </span>
  );
}
