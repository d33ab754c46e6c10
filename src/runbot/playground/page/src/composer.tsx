// Where one writes: Enter sends, Shift+Enter breaks the line, "/" runs a command, files go along.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./api";
import { completionsAt, type Completions as Found, type Offer } from "./completions";
import { Attachments, useUploads } from "./files";
import { offeredText } from "./guide";
import { Icon } from "./icons";
import type { Session } from "./session";
import { isReply, placeKey, type State, type Typist } from "./state";
import { useDirectory } from "./text";
import type { Prompts } from "./types";
import { isOwn } from "./tools";

const TALLEST_PX = 320;

// What was typed and not sent, by person and place. It outlives a reload of the page, not its tab.
const DRAFTS = "playground.draft ";
const draftOf = (key: string): string => sessionStorage.getItem(DRAFTS + key) ?? "";

function keepDraft(key: string, text: string): void {
  if (text) sessionStorage.setItem(DRAFTS + key, text);
  else sessionStorage.removeItem(DRAFTS + key);
}

// A field with a list that completes what is typed; Preact's types know only a plain text area.
const COMBOBOX = { role: "combobox" } as object;

type Field = { current: HTMLTextAreaElement | null };

function putCaret(field: Field, at: number): void {
  requestAnimationFrame(() => {
    field.current?.focus();
    field.current?.setSelectionRange(at, at);
  });
}

function useCompletions(field: Field, text: string, setText: (text: string) => void) {
  const { commands, people, conversations } = useDirectory();
  const [found, setFound] = useState<Found | null>(null);
  const [picked, setPicked] = useState(0);
  const refresh = () => {
    const { value, selectionStart } = field.current!;
    const channels = conversations.filter((one) => one.kind !== "im");
    const offered = { commands, people: [...people.values()], channels };
    setFound(completionsAt(value, selectionStart, offered));
    setPicked(0);
  };
  const take = (offer: Offer) => {
    const caret = field.current!.selectionStart;
    setText(text.slice(0, found!.from) + offer.text + text.slice(caret));
    setFound(null);
    putCaret(field, found!.from + offer.text.length);
  };
  /** Whether the key was meant for the list. */
  const onKey = (event: KeyboardEvent): boolean => {
    if (!found) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setPicked((picked + step + found.offers.length) % found.offers.length);
    else if (event.key === "Tab" || event.key === "Enter") {
      const offer = found.offers[picked];
      // A command typed in full is run by Enter rather than completed.
      if (event.key === "Enter" && offer.text.trim() === text.slice(found.from).trim()) {
        return false;
      }
      take(offer);
    } else if (event.key === "Escape") setFound(null);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { found, picked, refresh, take, onKey, close: () => setFound(null) };
}

type CompletionsState = ReturnType<typeof useCompletions>;

function Completions({ id, completions }: { id: string; completions: CompletionsState }) {
  const { found, picked, take } = completions;
  if (!found) return null;
  return (
    <ul class="completions" role="listbox" id={id} aria-label="Suggestions">
      {found.offers.map((offer, index) => (
        <li
          role="option"
          key={offer.text}
          id={`${id}-${index}`}
          aria-selected={index === picked}
          onMouseDown={(event) => {
            event.preventDefault();
            take(offer);
          }}
        >
          <b>{offer.label}</b>
          <span class="muted">{offer.note}</span>
        </li>
      ))}
    </ul>
  );
}

interface Sending {
  session: Session;
  channel: string;
  threadTs?: string;
  text: string;
  files: string[];
}

/** Sends the text as what it is; the sentence of a refusal, or null. */
async function send({ session, channel, threadTs, text, files }: Sending): Promise<string | null> {
  const command = /^\/\S+/.exec(text)?.[0];
  if (command && threadTs) return `${command} is not supported in threads. Sorry!`;
  if (command && files.length)
    return "A command takes no files. Take them away, or write a message.";
  try {
    if (command) await session.acts.command(channel, command, text.slice(command.length).trim());
    else await session.acts.say({ channel, text, threadTs, files });
    return null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.code === "unknown_command"
      ? `${error.message} To send a message that starts with “/”, put a space before it.`
      : error.message;
  }
}

/** Who types here at this moment; each is dropped when their time is over. */
function useTypists(typists: Typist[] | undefined): Typist[] {
  const [, redraw] = useState(0);
  const now = Date.now();
  const current = (typists ?? []).filter((one) => one.until > now);
  const next = Math.min(...current.map((one) => one.until));
  useEffect(() => {
    if (!Number.isFinite(next)) return undefined;
    const timer = setTimeout(() => redraw((count) => count + 1), next - Date.now() + 20);
    return () => clearTimeout(timer);
  }, [next]);
  return current;
}

function TypingLine({ state, placeOf }: { state: State; placeOf: string }) {
  const names = useTypists(state.typing.get(placeOf)).map(
    ({ user }) => state.people.get(user)?.real_name?.split(" ")[0] ?? "Someone",
  );
  if (!names.length) return <span class="typing" role="status" />;
  const who =
    names.length > 2
      ? "Several people are"
      : `${names.join(" and ")} ${names.length > 1 ? "are" : "is"}`;
  return (
    <span class="typing" role="status">
      <span class="dots" aria-hidden="true"></span>
      {who} typing…
    </span>
  );
}

interface ComposerProps {
  session: Session;
  state: State;
  channel: string;
  threadTs?: string;
  label: string;
  prompts?: Prompts | null;
}

/** What is typed, kept as a draft of its place. */
function useDraft(key: string) {
  const [text, setRawText] = useState(draftOf(key));
  const setText = (next: string) => {
    keepDraft(key, next);
    setRawText(next);
  };
  return { text, setText, restore: () => setRawText(draftOf(key)) };
}

/** Files that are dropped anywhere on the pane go with what is written there. */
function useDrop(box: { current: HTMLElement | null }, add: (files: Iterable<File>) => void) {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const pane = box.current!.closest<HTMLElement>(".pane")!;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files");
    const onOver = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (!pane.contains(event.relatedTarget as Node | null)) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      setOver(false);
      if (!hasFiles(event)) return;
      event.preventDefault();
      add(event.dataTransfer!.files);
    };
    pane.addEventListener("dragover", onOver);
    pane.addEventListener("dragleave", onLeave);
    pane.addEventListener("drop", onDrop);
    return () => {
      pane.removeEventListener("dragover", onOver);
      pane.removeEventListener("dragleave", onLeave);
      pane.removeEventListener("drop", onDrop);
    };
  }, []);
  return over;
}

/** The newest message of one's own here, for the arrow that goes up from an empty field. */
function lastOwn({ lists, threads, me }: State, channel: string, threadTs?: string) {
  const key = placeKey(channel, threadTs);
  const messages = (threadTs ? threads : lists).get(key) ?? [];
  return messages.findLast((one) => isOwn(one, me!.id) && (!threadTs || isReply(one)));
}

export function Composer(props: ComposerProps) {
  const { session, state, channel, threadTs, label, prompts } = props;
  const offered = offeredText(state.boot!.guide, channel, threadTs);
  const [taken, setTaken] = useState("");
  const suggestion = offered === taken ? "" : offered;
  const draftKey = `${state.me!.id} ${channel} ${threadTs ?? ""}`;
  const field = useRef<HTMLTextAreaElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const { text, setText, restore } = useDraft(draftKey);
  const [refusal, setRefusal] = useState<string | null>(null);
  const uploads = useUploads(session);
  const over = useDrop(box, uploads.add);
  const completions = useCompletions(field, text, setText);
  useEffect(() => {
    restore();
    setRefusal(null);
    uploads.clear();
    completions.close();
    // A phone's keyboard would cover what one came to read.
    if (matchMedia("(pointer: fine)").matches) field.current!.focus();
  }, [draftKey]);
  useLayoutEffect(() => {
    const { style } = field.current!;
    style.height = "auto";
    style.height = `${Math.min(field.current!.scrollHeight, TALLEST_PX)}px`;
  }, [text]);

  const { attachments } = uploads;
  const sendable = attachments.filter((one) => one.file);
  const waiting = attachments.some((one) => !one.file && !one.error);
  const ready = Boolean(text.trim() || sendable.length) && !waiting;
  const submit = async () => {
    if (!ready) return;
    setText("");
    setRefusal(null);
    completions.close();
    const answer = await send({
      session,
      channel,
      threadTs,
      // A space before the slash makes it a message.
      text: text.startsWith(" ") ? text.trimEnd() : text.trim(),
      files: sendable.map((one) => one.file!.id),
    });
    setRefusal(answer);
    if (!answer && text.trim() === offered) setTaken(offered);
    if (!answer) uploads.clear();
    // What wasn't taken comes back to be mended, unless something new is being written.
    if (answer && !field.current?.value) setText(text);
  };
  const insert = (added: string) => {
    const at = field.current?.selectionStart ?? text.length;
    setText(`${text.slice(0, at)}${added} ${text.slice(at)}`);
    putCaret(field, at + added.length + 1);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (completions.onKey(event)) return;
    if (event.key === "ArrowUp" && !text && !event.altKey) {
      const own = lastOwn(session.state, channel, threadTs);
      if (!own) return;
      event.preventDefault();
      session.acts.startEditing(own);
    }
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    event.preventDefault();
    uploads.add(files);
  };
  const suggest = () => {
    setText(suggestion);
    putCaret(field, suggestion.length);
  };
  const listId = threadTs ? "thread-completions" : "completions";
  return (
    <div class="composer" ref={box} data-channel={channel} data-thread={threadTs ?? ""}>
      {over && <div class="drop-here">Drop the files to add them</div>}
      {suggestion && !text && (
        <button type="button" class="suggestion" onClick={suggest}>
          <b>Try this</b>
          <span>{suggestion}</span>
        </button>
      )}
      {prompts && !text && (
        <div class="prompts" role="group" aria-label={prompts.title || "Suggestions"}>
          {prompts.title && <span class="muted">{prompts.title}</span>}
          {prompts.prompts.map(({ title, message }) => (
            <button
              type="button"
              class="button"
              key={title}
              title={message}
              onClick={() =>
                session.telling(session.acts.say({ channel, threadTs, text: message }))
              }
            >
              {title}
            </button>
          ))}
        </div>
      )}
      {refusal && (
        <div class="refusal" role="alert">
          <span>{refusal}</span>
          <button
            type="button"
            class="icon-button"
            aria-label="Dismiss"
            onClick={() => setRefusal(null)}
          >
            <Icon name="close" size={15} />
          </button>
        </div>
      )}
      <Completions id={listId} completions={completions} />
      <div class="composer-box">
        <Attachments attachments={attachments} onRemove={uploads.remove} />
        <textarea
          ref={field}
          data-composer
          rows={1}
          value={text}
          aria-label={label}
          placeholder={label}
          {...COMBOBOX}
          aria-expanded={Boolean(completions.found)}
          aria-controls={completions.found ? listId : undefined}
          aria-autocomplete="list"
          aria-activedescendant={completions.found ? `${listId}-${completions.picked}` : undefined}
          onInput={(event) => {
            setText(event.currentTarget.value);
            completions.refresh();
            if (event.currentTarget.value.trim()) session.acts.typing(channel, threadTs);
          }}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onBlur={completions.close}
        />
        <div class="composer-tools">
          <input
            ref={chooser}
            type="file"
            multiple
            hidden
            aria-label="Files"
            onChange={(event) => {
              uploads.add(event.currentTarget.files ?? []);
              event.currentTarget.value = "";
            }}
          />
          <button
            type="button"
            class="icon-button"
            aria-label="Add files"
            title="Add files"
            onClick={() => chooser.current!.click()}
          >
            <Icon name="attach" />
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label="Add emoji"
            title="Add emoji"
            onClick={(event) =>
              session.set({
                picker: {
                  anchor: event.currentTarget,
                  onPick: (name) => insert(`:${name}:`),
                },
              })
            }
          >
            <Icon name="smile" />
          </button>
          <button
            type="button"
            class="send"
            aria-label="Send"
            title="Send (Enter)"
            disabled={!ready}
            onClick={submit}
          >
            <Icon name="send" size={16} />
          </button>
        </div>
      </div>
      <div class="composer-foot">
        <TypingLine state={state} placeOf={placeKey(channel, threadTs)} />
        <span class="composer-hint muted" aria-hidden="true">
          <b>Enter</b> sends · <b>Shift+Enter</b> new line
          {!threadTs && (
            <>
              {" · "}
              <b>/</b> commands
            </>
          )}
        </span>
      </div>
    </div>
  );
}
