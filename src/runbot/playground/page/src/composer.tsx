// Where one writes: Enter sends, Shift+Enter breaks the line, "/" runs a command.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./api";
import { completionsAt } from "./completions";
import { useDirectory } from "./text";

const TALLEST_PX = 320;

// What was typed and not sent, by conversation or thread; gone with the page, as people expect of a draft here.
const drafts = new Map();

function useCompletions(field, text, setText) {
  const { commands, people, conversations } = useDirectory();
  const [found, setFound] = useState(null);
  const [picked, setPicked] = useState(0);
  const refresh = () => {
    const { value, selectionStart } = field.current;
    const channels = conversations.filter((one) => one.kind !== "im");
    setFound(
      completionsAt(value, selectionStart, { commands, people: [...people.values()], channels }),
    );
    setPicked(0);
  };
  const take = (offer) => {
    const caret = field.current.selectionStart;
    setText(text.slice(0, found.from) + offer.text + text.slice(caret));
    setFound(null);
    const at = found.from + offer.text.length;
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(at, at);
    });
  };
  /** Whether the key was meant for the list. */
  const onKey = (event) => {
    if (!found) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setPicked((picked + step + found.offers.length) % found.offers.length);
    else if (event.key === "Tab" || event.key === "Enter") {
      const offer = found.offers[picked];
      // A command typed in full is run by Enter rather than completed.
      if (event.key === "Enter" && offer.text.trim() === text.slice(found.from).trim())
        return false;
      take(offer);
    } else if (event.key === "Escape") setFound(null);
    else return false;
    event.preventDefault();
    return true;
  };
  return { found, picked, refresh, take, onKey, close: () => setFound(null) };
}

function Completions({ id, completions }) {
  const { found, picked, take } = completions;
  if (!found) return null;
  return (
    <ul class="completions" role="listbox" id={id} aria-label="Suggestions">
      {found.offers.map((offer, index) => (
        <li
          role="option"
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

/** Sends the text as what it is; the sentence of a refusal, or null. */
async function send({ session, channel, threadTs, text }) {
  const command = /^\/\S+/.exec(text)?.[0];
  if (command && threadTs) return `${command} is not supported in threads. Sorry!`;
  try {
    if (command) await session.command(channel, command, text.slice(command.length).trim());
    else await session.say(channel, text, threadTs);
    return null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.code === "unknown_command"
      ? `${error.message} To send a message that starts with “/”, put a space before it.`
      : error.message;
  }
}

/** `suggestion`, where given, is offered until something is typed. */
export function Composer({ session, channel, threadTs, label, suggestion }) {
  const draftKey = `${session.state.me.id} ${channel} ${threadTs ?? ""}`;
  const field = useRef(null);
  const [text, setRawText] = useState(drafts.get(draftKey) ?? "");
  const [refusal, setRefusal] = useState(null);
  const setText = (next) => {
    drafts.set(draftKey, next);
    setRawText(next);
  };
  const completions = useCompletions(field, text, setText);
  useEffect(() => {
    setRawText(drafts.get(draftKey) ?? "");
    setRefusal(null);
    completions.close();
    // A phone's keyboard would cover what one came to read.
    if (matchMedia("(pointer: fine)").matches) field.current.focus();
  }, [draftKey]);
  useLayoutEffect(() => {
    const { style } = field.current;
    style.height = "auto";
    style.height = `${Math.min(field.current.scrollHeight, TALLEST_PX)}px`;
  }, [text]);

  const submit = async () => {
    const sent = text.trim();
    if (!sent) return;
    setText("");
    setRefusal(null);
    completions.close();
    // A space before the slash makes it a message.
    const answer = await send({
      session,
      channel,
      threadTs,
      text: text.startsWith(" ") ? text.trimEnd() : sent,
    });
    setRefusal(answer);
    // What wasn't taken comes back to be mended, unless something new is being written.
    if (answer && !field.current?.value) setText(text);
  };
  const onKeyDown = (event) => {
    if (completions.onKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    }
  };
  const suggest = () => {
    setText(suggestion);
    requestAnimationFrame(() => {
      field.current.focus();
      field.current.setSelectionRange(suggestion.length, suggestion.length);
    });
  };
  const listId = threadTs ? "thread-completions" : "completions";
  return (
    <div class="composer">
      {suggestion && !text && (
        <button type="button" class="suggestion" onClick={suggest}>
          <b>Try this</b>
          <span>{suggestion}</span>
        </button>
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
            ✕
          </button>
        </div>
      )}
      <Completions id={listId} completions={completions} />
      <div class="composer-box">
        <textarea
          ref={field}
          data-composer
          rows="1"
          value={text}
          aria-label={label}
          placeholder={label}
          role="combobox"
          aria-expanded={Boolean(completions.found)}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={completions.found ? `${listId}-${completions.picked}` : undefined}
          onInput={(event) => {
            setText(event.currentTarget.value);
            completions.refresh();
          }}
          onKeyDown={onKeyDown}
          onBlur={completions.close}
        ></textarea>
        <button
          type="button"
          class="send"
          aria-label="Send"
          title="Send (Enter)"
          disabled={!text.trim()}
          onClick={submit}
        >
          ➤
        </button>
      </div>
      <div class="composer-hint muted" aria-hidden="true">
        <b>Enter</b> sends · <b>Shift+Enter</b> new line
        {threadTs ? (
          ""
        ) : (
          <>
            · <b>/</b> commands
          </>
        )}
      </div>
    </div>
  );
}
