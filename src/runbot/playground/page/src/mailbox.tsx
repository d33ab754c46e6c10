// The workspace's local mailbox: every mail that was sent over SMTP, newest first.

import { useState } from "preact/hooks";
import { useDirectory } from "./text";
import { clock, dayName, dayOf, fullMoment } from "./time";

/** The words of an HTML mail; its markup, pictures and scripts are never run or shown. */
function wordsOf(page) {
  const parsed = new DOMParser().parseFromString(page, "text/html");
  parsed.querySelectorAll("script, style, head").forEach((node) => node.remove());
  return parsed.body.textContent.replace(/\n{3,}/g, "\n\n").trim();
}

function shortTime(date, zone) {
  const today = dayOf(date, zone) === dayOf(new Date(), zone);
  return today ? clock(date, zone) : dayName(date, zone);
}

function Mail({ mail, zone, onBack }) {
  const date = new Date(mail.date);
  const text = mail.text || (mail.html ? wordsOf(mail.html) : "");
  return (
    <article class="mail" aria-label={mail.subject}>
      <button type="button" class="button mail-back" onClick={onBack}>
        ← All mail
      </button>
      <h2>{mail.subject || "(no subject)"}</h2>
      <dl class="mail-facts">
        <dt>From</dt>
        <dd>{mail.from}</dd>
        <dt>To</dt>
        <dd>{mail.to.join(", ")}</dd>
        <dt>Date</dt>
        <dd>{Number.isNaN(date.getTime()) ? mail.date : fullMoment(date, zone)}</dd>
      </dl>
      <pre class="mail-text">{text || "(empty)"}</pre>
      <details class="mail-headers">
        <summary>All headers</summary>
        <dl class="mail-facts">
          {Object.entries(mail.headers ?? {}).map(([name, value]) => (
            <>
              <dt>{name}</dt>
              <dd>{String(value)}</dd>
            </>
          ))}
        </dl>
      </details>
    </article>
  );
}

export function Mailbox({ mail }) {
  const { zone } = useDirectory();
  const [openId, setOpenId] = useState(null);
  const open = mail.find((one) => one.id === openId);
  if (!mail.length) {
    return (
      <div class="mailbox-empty muted">
        <p>No mail yet.</p>
        <p>Mail that is sent from this workspace arrives here and goes nowhere else.</p>
      </div>
    );
  }
  return (
    <div class={open ? "mailbox reading" : "mailbox"}>
      <ul class="mail-list" aria-label="Mail">
        {mail.map((one) => {
          const date = new Date(one.date);
          return (
            <li key={one.id}>
              <button
                type="button"
                class="mail-row"
                aria-current={one.id === openId}
                onClick={() => setOpenId(one.id)}
              >
                <span class="mail-row-head">
                  <b>{one.to.join(", ")}</b>
                  <span class="muted">
                    {Number.isNaN(date.getTime()) ? "" : shortTime(date, zone)}
                  </span>
                </span>
                <span class="mail-subject">{one.subject || "(no subject)"}</span>
                <span class="mail-excerpt muted">{(one.text ?? "").slice(0, 120)}</span>
              </button>
            </li>
          );
        })}
      </ul>
      {open ? (
        <Mail mail={open} zone={zone} onBack={() => setOpenId(null)} />
      ) : (
        <p class="muted mail-none">Choose a mail to read it.</p>
      )}
    </div>
  );
}
