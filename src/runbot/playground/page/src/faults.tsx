// Trouble on purpose: the switches, built from what the server says that there are.

import { useEffect, useState } from "preact/hooks";
import { ApiError, call } from "./api";
import { openPanel } from "./panel";
import type { Session } from "./session";
import type { State } from "./state";

type Value = string | number | boolean;

interface Parameter {
  name: string;
  label: string;
  type: "choice" | "whole" | "number" | "boolean";
  choices?: string[];
  least?: number;
  most?: number;
  default: Value;
}

interface Switch {
  name: string;
  group: string;
  title: string;
  sentence: string;
  advice: string;
  lasting: boolean;
  on: boolean;
  met: number;
  settings: Record<string, Value> | null;
  parameters: Parameter[];
}

interface Faults {
  on: string[];
  groups: { name: string; title: string }[];
  switches: Switch[];
}

const COUNTED_MS = 1000;

const fetchFaults = () => call<Faults>("GET", "faults");
const postFault = (change: object) => call<Faults>("POST", "faults", change);

function Field({
  parameter,
  value,
  onChange,
}: {
  parameter: Parameter;
  value: Value;
  onChange: (value: Value) => void;
}) {
  const { label, type, choices = [], least, most } = parameter;
  if (type === "boolean") {
    return (
      <label class="fault-field">
        <input
          type="checkbox"
          checked={Boolean(value)}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
        {label}
      </label>
    );
  }
  if (type === "choice") {
    return (
      <label class="fault-field">
        {label}
        <select value={String(value)} onChange={(event) => onChange(event.currentTarget.value)}>
          {choices.map((choice) => (
            <option key={choice} value={choice}>
              {choice === "*" ? "every method" : choice}
            </option>
          ))}
        </select>
      </label>
    );
  }
  return (
    <label class="fault-field">
      {label}
      <input
        type="number"
        min={least}
        max={most}
        step={type === "whole" ? 1 : "any"}
        value={value as number}
        onChange={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
    </label>
  );
}

interface SwitchProps {
  fault: Switch;
  change: (change: object) => Promise<string>;
}

const settingsOf = ({ parameters, settings }: Switch): Record<string, Value> =>
  Object.fromEntries(parameters.map((one) => [one.name, settings?.[one.name] ?? one.default]));

function SwitchRow({ fault, change }: SwitchProps) {
  const [settings, setSettings] = useState(settingsOf(fault));
  const [refusal, setRefusal] = useState("");
  const told = JSON.stringify(fault.settings);
  useEffect(() => {
    if (fault.settings) setSettings(settingsOf(fault));
  }, [told]);
  const set = async (on: boolean, with_ = settings) => {
    const given = fault.parameters.length ? { settings: with_ } : {};
    setRefusal(await change(on ? { name: fault.name, on, ...given } : { name: fault.name, on }));
  };
  const id = `fault-${fault.name}`;
  return (
    <li class={fault.on ? "fault on" : "fault"}>
      <div class="fault-head">
        <h4 id={id}>{fault.title}</h4>
        {fault.on && (
          <span class="fault-met" aria-label={`met ${fault.met} times`}>
            met {fault.met}×
          </span>
        )}
        {fault.lasting ? (
          <button
            type="button"
            role="switch"
            class="switch"
            aria-checked={fault.on}
            aria-labelledby={id}
            onClick={() => set(!fault.on)}
          >
            <i aria-hidden="true"></i>
            {fault.on ? "On" : "Off"}
          </button>
        ) : (
          <button
            type="button"
            class="button small"
            aria-describedby={id}
            onClick={() => set(true)}
          >
            Do it now
          </button>
        )}
      </div>
      <p>{fault.sentence}</p>
      {fault.parameters.length > 0 && (
        <div class="fault-fields">
          {fault.parameters.map((parameter) => (
            <Field
              key={parameter.name}
              parameter={parameter}
              value={settings[parameter.name]}
              onChange={(value) => {
                const next = { ...settings, [parameter.name]: value };
                setSettings(next);
                if (fault.on) set(true, next);
              }}
            />
          ))}
        </div>
      )}
      {refusal && (
        <p class="act-error" role="alert">
          {refusal}
        </p>
      )}
      <p class="fault-advice">{fault.advice}</p>
    </li>
  );
}

export function FaultPanel({ state }: { state: State }) {
  const [faults, setFaults] = useState<Faults | null>(null);
  const [failure, setFailure] = useState("");
  const on = (state.boot!.faults ?? []).join();
  const ask = async (asked: Promise<Faults>): Promise<string> => {
    try {
      setFaults(await asked);
      setFailure("");
      return "";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error.message;
    }
  };
  const read = async () => setFailure(await ask(fetchFaults()));
  useEffect(() => {
    read();
    // The counts of what was met come by no frame.
    const timer = on ? setInterval(read, COUNTED_MS) : undefined;
    return () => clearInterval(timer);
  }, [on, state.link]);
  const change = (changed: object) => ask(postFault(changed));
  return (
    <div class="faults">
      <div class="faults-top">
        <p class="muted">
          Slack is slow at times, says no, and falls silent. Switch it on to see how the app copes.
          A restart is healthy.
        </p>
        <button
          type="button"
          class="button small"
          aria-disabled={!on}
          onClick={() => on && change({ on: false })}
        >
          Everything off
        </button>
      </div>
      {failure && (
        <p class="act-error" role="alert">
          {failure}
        </p>
      )}
      {faults?.groups.map((group) => (
        <section key={group.name} aria-label={group.title}>
          <h3>{group.title}</h3>
          <ul>
            {faults.switches
              .filter((one) => one.group === group.name)
              .map((one) => (
                <SwitchRow key={one.name} fault={one} change={change} />
              ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

/** On every page while trouble is on: nobody is to take it for the app's own. */
export function FaultBanner({ state, session }: { state: State; session: Session }) {
  const on = state.boot!.faults ?? [];
  const [titles, setTitles] = useState<Map<string, string> | null>(null);
  const needed = on.length > 0 && !titles;
  useEffect(() => {
    if (!needed) return;
    session
      .telling(fetchFaults())
      .then(
        (found) => found && setTitles(new Map(found.switches.map((one) => [one.name, one.title]))),
      );
  }, [needed]);
  if (!on.length) return null;
  const names = on.map((name) => titles?.get(name) ?? name);
  return (
    <div class="fault-banner" role="status">
      <span>
        <b>Trouble on purpose:</b> {names.join(", ")}.
      </span>
      <button type="button" class="button small" onClick={() => openPanel("faults")}>
        Show
      </button>
      <button
        type="button"
        class="button small"
        onClick={() => session.telling(postFault({ on: false }))}
      >
        Switch off
      </button>
    </div>
  );
}
