// Elements that hold a value: text, numbers, dates, selects, checkboxes.
// In an input block they only keep it; elsewhere each change is also sent as an action.

import { useEffect, useRef } from "preact/hooks";
import { ActError, hooks, useAct } from "./actions";
import { useSurface, valueKey, type ElementProps, type SurfaceData } from "./forms";
import { TextObject, plainOf, useDirectory } from "./text";
import type { Block, Element } from "./types";
import { localInputOf, secondsOfLocalInput } from "./time";

const TYPING_PAUSE_MS = 400;

/** The element's value and how it changes: kept in the surface's form, and sent where Slack sends it. */
export function useValue(block: Block, element: Element) {
  const surface = useSurface();
  const { act, busy, error } = useAct(block, element);
  const value = surface.valueOf(block, element);
  const sends = block.type !== "input" || block.dispatch_action === true;
  const change = async (next, { send = sends, payload = { [valueKey(element)]: next } } = {}) => {
    surface.enter(block, element, next);
    if (!send) return;
    const sent = await act(payload);
    // A declined question leaves things as they were.
    if (!sent) surface.enter(block, element, value);
  };
  return { value, change, act, busy, error, sends };
}

/** The same ids may be on show twice (a message, and the same message in its thread). */
export const inputId = (surface: SurfaceData, block: Block, element: Element): string =>
  `${surface.key}-${block.block_id}-${element.action_id}`;

/** The attributes that tie an input to its label, its hint and its error. */
export function useNaming(block: Block, element: Element) {
  const id = inputId(useSurface(), block, element);
  const label =
    block.type === "input"
      ? plainOf(block.label)
      : plainOf(element.placeholder ?? block.text ?? "");
  return {
    id,
    "aria-label": label || element.action_id,
    "aria-describedby": `${id}-note`,
    ...hooks(block, element),
  };
}

const TEXT_TYPES = {
  plain_text_input: "text",
  number_input: "text",
  email_text_input: "email",
  url_text_input: "url",
};

export function TextInput({ block, element, invalid }: ElementProps) {
  const { value, change, act, error, sends } = useValue(block, element);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const typed = (event) => {
    const next = event.currentTarget.value;
    change(next === "" ? null : next, { send: false });
    if (!sends || !triggers.includes("on_character_entered")) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => act({ value: next }), TYPING_PAUSE_MS);
  };
  const keyed = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !sends) return;
    if (!triggers.includes("on_enter_pressed")) return;
    event.preventDefault();
    act({ value: event.currentTarget.value });
  };
  const shared = {
    ...useNaming(block, element),
    class: "text-input",
    value: value ?? "",
    placeholder: plainOf(element.placeholder),
    maxLength: element.max_length,
    "aria-invalid": invalid,
    onInput: typed,
    onKeyDown: keyed,
  };
  const field = element.multiline ? (
    <textarea
      {...shared}
      rows={Math.min(16, Math.max(4, String(value ?? "").split("\n").length + 1))}
    ></textarea>
  ) : (
    <input
      {...shared}
      type={TEXT_TYPES[element.type]}
      inputMode={element.type === "number_input" ? "decimal" : undefined}
      autocomplete="off"
    />
  );
  return (
    <span class="element wide">
      {field}
      <ActError error={error} />
    </span>
  );
}

const richOf = (text) => ({
  type: "rich_text",
  elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }],
});

const textOfRich = (rich) =>
  (rich?.elements ?? [])
    .map((part) => (part.elements ?? []).map((piece) => piece.text ?? "").join(""))
    .join("\n");

/** Rich text is written as plain text here, and sent in Slack's rich form. */
export function RichTextInput({ block, element, invalid }: ElementProps) {
  const { value, change, error } = useValue(block, element);
  return (
    <span class="element wide">
      <textarea
        {...useNaming(block, element)}
        class="text-input"
        rows={4}
        aria-invalid={invalid}
        value={textOfRich(value)}
        placeholder={plainOf(element.placeholder)}
        onInput={(event) =>
          change(event.currentTarget.value ? richOf(event.currentTarget.value) : null, {
            send: false,
          })
        }
      ></textarea>
      <ActError error={error} />
    </span>
  );
}

const PICKERS = { datepicker: "date", timepicker: "time", datetimepicker: "datetime-local" };

export function MomentPicker({ block, element, invalid }: ElementProps) {
  const { zone } = useDirectory();
  const { value, change, error } = useValue(block, element);
  const absolute = element.type === "datetimepicker";
  const shown = absolute && value !== null ? localInputOf(value, zone) : (value ?? "");
  const picked = (event) => {
    const reading = event.currentTarget.value;
    if (!reading) change(null);
    else change(absolute ? secondsOfLocalInput(reading, zone) : reading);
  };
  return (
    <span class="element">
      <input
        {...useNaming(block, element)}
        class="text-input picker"
        type={PICKERS[element.type]}
        value={shown}
        aria-invalid={invalid}
        onChange={picked}
      />
      <ActError error={error} />
    </span>
  );
}

/** What a select offers: groups of {key, label, value}. */
function useOffers(element) {
  const { people, channels, conversations } = useDirectory();
  const kind = element.type.replace("multi_", "");
  if (kind === "users_select") {
    return [
      {
        options: [...people.values()].map((one) => ({
          key: one.id,
          label: one.real_name || one.name,
          value: one.id,
        })),
      },
    ];
  }
  if (kind === "channels_select") {
    const open = [...channels.values()].filter((one) => one.kind === "channel");
    return [
      { options: open.map((one) => ({ key: one.id, label: `#${one.name}`, value: one.id })) },
    ];
  }
  if (kind === "conversations_select") {
    const named = conversations.map((one) => ({
      key: one.id,
      value: one.id,
      label: one.kind === "im" ? (people.get(one.with!)?.name ?? one.id) : `#${one.name}`,
    }));
    return [{ options: named }];
  }
  const offer = (option) => ({ key: option.value, label: plainOf(option.text), value: option });
  return (element.option_groups ?? [{ options: element.options }]).map((group) => ({
    label: group.label && plainOf(group.label),
    options: group.options.map(offer),
  }));
}

export const keyOf = (value) =>
  typeof value === "object" && value !== null ? value.value : (value ?? "");

function Options({ groups }) {
  return groups.map((group) => {
    const options = group.options.map((one) => <option value={one.key}>{one.label}</option>);
    return group.label ? <optgroup label={group.label}>{options}</optgroup> : options;
  });
}

export function Select({ block, element, invalid }: ElementProps) {
  const { value, change, busy, error } = useValue(block, element);
  const groups = useOffers(element);
  const all = groups.flatMap((group) => group.options);
  const optional = block.type === "input" && block.optional === true;
  return (
    <span class="element">
      <select
        {...useNaming(block, element)}
        class="select"
        value={keyOf(value)}
        aria-invalid={invalid}
        aria-busy={busy}
        onChange={(event) =>
          change(all.find((one) => one.key === event.currentTarget.value)?.value ?? null)
        }
      >
        <option value="" disabled={!optional && value !== null}>
          {plainOf(element.placeholder) || "Choose an option"}
        </option>
        <Options groups={groups} />
      </select>
      <ActError error={error} />
    </span>
  );
}

export function MultiSelect({ block, element, invalid }: ElementProps) {
  const { value, change, error } = useValue(block, element);
  const groups = useOffers(element);
  const all = groups.flatMap((group) => group.options);
  const chosen = new Set(value.map(keyOf));
  const free = groups.map((group) => ({
    ...group,
    options: group.options.filter((one) => !chosen.has(one.key)),
  }));
  const full =
    element.max_selected_items !== undefined && chosen.size >= element.max_selected_items;
  const add = (event) => {
    const found = all.find((one) => one.key === event.currentTarget.value);
    event.currentTarget.value = "";
    if (found) change([...value, found.value]);
  };
  return (
    <span class="element wide">
      {value.length > 0 && (
        <span class="chosen">
          {value.map((one) => {
            const label = all.find((offer) => offer.key === keyOf(one))?.label ?? keyOf(one);
            return (
              <button
                type="button"
                class="chip"
                aria-label={`Remove ${label}`}
                onClick={() => change(value.filter((other) => keyOf(other) !== keyOf(one)))}
              >
                {label} ✕
              </button>
            );
          })}
        </span>
      )}
      <select
        {...useNaming(block, element)}
        class="select"
        value=""
        disabled={full}
        aria-invalid={invalid}
        onChange={add}
      >
        <option value="">{plainOf(element.placeholder) || "Choose options"}</option>
        <Options groups={free} />
      </select>
      <ActError error={error} />
    </span>
  );
}

function Choice({ option, ...rest }) {
  return (
    <label class="choice">
      <input {...rest} value={option.value} />
      <span>
        <TextObject text={option.text} />
        {option.description && (
          <span class="choice-note">
            <TextObject text={option.description} />
          </span>
        )}
      </span>
    </label>
  );
}

export function Checkboxes({ block, element, invalid }: ElementProps) {
  const { value, change, error } = useValue(block, element);
  const names = useNaming(block, element);
  const isOn = (option) => value.some((one) => one.value === option.value);
  const toggle = (option, on) =>
    change(element.options.filter((one) => (one.value === option.value ? on : isOn(one))));
  return (
    <span class="element wide">
      <span class="choices" role="group" {...names} aria-invalid={invalid}>
        {element.options.map((option) => (
          <Choice
            type="checkbox"
            option={option}
            checked={isOn(option)}
            onChange={(event) => toggle(option, event.currentTarget.checked)}
          />
        ))}
      </span>
      <ActError error={error} />
    </span>
  );
}

export function RadioButtons({ block, element, invalid }: ElementProps) {
  const { value, change, error } = useValue(block, element);
  const names = useNaming(block, element);
  return (
    <span class="element wide">
      <span class="choices" role="radiogroup" {...names} aria-invalid={invalid}>
        {element.options.map((option) => (
          <Choice
            type="radio"
            name={names.id}
            option={option}
            checked={value?.value === option.value}
            onChange={() => change(option)}
          />
        ))}
      </span>
      <ActError error={error} />
    </span>
  );
}
