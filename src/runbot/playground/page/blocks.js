// Block Kit's blocks, each as a small component. Interactive elements are in actions.js and inputs.js.

import { html, useState } from "./vendor/preact-htm.js";
import { Button, FeedbackButtons, IconButton, Overflow } from "./actions.js";
import { useSurface } from "./forms.js";
import { Checkboxes, MomentPicker, MultiSelect, RadioButtons, RichTextInput, Select, TextInput, inputId } from "./inputs.js";
import { Markdown } from "./markdown.js";
import { RichText } from "./richtext.js";
import { PlainText, TextObject } from "./text.js";

function Picture({ url, alt, kind }) {
  const [failed, setFailed] = useState(false);
  if (failed || !url) return html`<span class="picture-missing" role="img" aria-label=${alt}>🖼 ${alt || "Image"}</span>`;
  return html`<img class=${kind} src=${url} alt=${alt ?? ""} loading="lazy" onError=${() => setFailed(true)} />`;
}

const ImageElement = ({ element }) =>
  html`<${Picture} url=${element.image_url ?? element.slack_file?.url} alt=${element.alt_text} kind="element-image" />`;

const ELEMENTS = {
  button: Button,
  overflow: Overflow,
  icon_button: IconButton,
  feedback_buttons: FeedbackButtons,
  image: ImageElement,
  static_select: Select,
  users_select: Select,
  conversations_select: Select,
  channels_select: Select,
  multi_static_select: MultiSelect,
  multi_users_select: MultiSelect,
  multi_conversations_select: MultiSelect,
  multi_channels_select: MultiSelect,
  datepicker: MomentPicker,
  timepicker: MomentPicker,
  datetimepicker: MomentPicker,
  plain_text_input: TextInput,
  number_input: TextInput,
  email_text_input: TextInput,
  url_text_input: TextInput,
  rich_text_input: RichTextInput,
  checkboxes: Checkboxes,
  radio_buttons: RadioButtons,
};

const Unshown = ({ type }) => html`<span class="unshown">A “${type}” is here, which this workspace doesn’t draw.</span>`;

export function Element({ block, element, invalid }) {
  const kind = ELEMENTS[element.type];
  return kind
    ? html`<${kind} block=${block} element=${element} invalid=${invalid} />`
    : html`<${Unshown} type=${element.type} />`;
}

function Section({ block }) {
  return html`<div class="block section">
    <div class="section-body">
      ${block.text && html`<div class="text"><${TextObject} text=${block.text} /></div>`}
      ${block.fields && html`<div class="fields">${block.fields.map((field) => html`<div class="text"><${TextObject} text=${field} /></div>`)}</div>`}
    </div>
    ${block.accessory && html`<div class="accessory"><${Element} block=${block} element=${block.accessory} /></div>`}
  </div>`;
}

const Header = ({ block }) =>
  html`<div class="block header" role="heading" aria-level="3"><${PlainText} text=${block.text.text} /></div>`;

function Context({ block }) {
  return html`<div class="block context">${block.elements.map((element) =>
    element.type === "image"
      ? html`<${ImageElement} element=${element} />`
      : html`<span class="text"><${TextObject} text=${element} /></span>`,
  )}</div>`;
}

const Actions = ({ block }) =>
  html`<div class="block actions">${block.elements.map((element) => html`<${Element} key=${element.action_id} block=${block} element=${element} />`)}</div>`;

function Input({ block }) {
  const surface = useSurface();
  const { element } = block;
  const id = inputId(surface, block, element);
  const error = surface.errors?.[block.block_id];
  const name = html`<${PlainText} text=${block.label.text} />${block.optional && html` <span class="optional">(optional)</span>`}`;
  const grouped = element.type === "checkboxes" || element.type === "radio_buttons";
  return html`<div class=${error ? "block input has-error" : "block input"} data-block-id=${block.block_id}>
    ${grouped ? html`<span class="input-label">${name}</span>` : html`<label class="input-label" for=${id}>${name}</label>`}
    <${Element} block=${block} element=${element} invalid=${Boolean(error)} />
    <div class="input-note" id=${`${id}-note`}>
      ${error && html`<span class="input-error" role="alert">${error}</span>`}
      ${block.hint && html`<span class="hint"><${PlainText} text=${block.hint.text} /></span>`}
    </div>
  </div>`;
}

function Image({ block }) {
  const url = block.image_url ?? block.slack_file?.url;
  return html`<figure class="block image">
    ${block.title && html`<figcaption><${PlainText} text=${block.title.text} /></figcaption>`}
    <${Picture} url=${url} alt=${block.alt_text} kind="block-image" />
  </figure>`;
}

const LEVELS = { info: "ℹ️ Info", warning: "⚠️ Warning", error: "⛔ Error", success: "✅ Success" };

function Alert({ block }) {
  const level = block.level in LEVELS ? block.level : "info";
  const [icon, name] = LEVELS[level].split(" ");
  return html`<div class=${`block alert ${level}`} role="note"><span role="img" aria-label=${name}>${icon}</span>
    <div class="text"><${TextObject} text=${block.text} /></div></div>`;
}

function Cell({ cell }) {
  if (cell.type === "rich_text") return html`<${RichText} elements=${cell.elements} />`;
  return cell.text ?? String(cell.value ?? "");
}

function Table({ block }) {
  const [head, ...rows] = block.rows;
  const style = (column) => {
    const settings = block.column_settings?.[column];
    return `align-${settings?.align ?? "left"}${settings?.is_wrapped ? " wrapped" : ""}`;
  };
  return html`<div class="block table-scroll"><table>
    <thead><tr>${head.map((cell, column) => html`<th scope="col" class=${style(column)}><${Cell} cell=${cell} /></th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map((cell, column) => html`<td class=${style(column)}><${Cell} cell=${cell} /></td>`)}</tr>`)}</tbody>
  </table></div>`;
}

function Card({ block }) {
  return html`<div class="block card">
    ${block.hero_image && html`<${Picture} url=${block.hero_image.image_url} alt=${block.hero_image.alt_text} kind="hero" />`}
    <div class="card-head">
      ${block.icon && html`<${ImageElement} element=${block.icon} />`}
      <div>
        ${block.title && html`<div class="card-title"><${TextObject} text=${block.title} /></div>`}
        ${block.subtitle && html`<div class="card-subtitle"><${TextObject} text=${block.subtitle} /></div>`}
      </div>
    </div>
    ${block.body && html`<div class="text"><${TextObject} text=${block.body} /></div>`}
    ${block.actions && html`<div class="actions">${block.actions.map((element) => html`<${Element} key=${element.action_id} block=${block} element=${element} />`)}</div>`}
  </div>`;
}

function Container({ block }) {
  const title = block.rich_text_title
    ? html`<${RichText} elements=${block.rich_text_title.elements} />`
    : html`<${TextObject} text=${block.title} />`;
  const heading = html`${title}${block.subtitle && html` <span class="card-subtitle"><${TextObject} text=${block.subtitle} /></span>`}`;
  const inner = html`<${Blocks} blocks=${block.child_blocks} />`;
  return block.is_collapsible
    ? html`<details class="block container" open=${!block.default_collapsed}><summary>${heading}</summary>${inner}</details>`
    : html`<div class="block container"><div class="container-title">${heading}</div>${inner}</div>`;
}

const TASK_STATES = { pending: "▫️", in_progress: "▶️", complete: "✅", error: "❌" };

function Task({ block }) {
  return html`<div class="block task"><span role="img" aria-label=${block.status}>${TASK_STATES[block.status] ?? "▫️"}</span>
    <div><b>${block.title}</b> <span class="card-subtitle">${block.status?.replace("_", " ")}</span>
      ${block.details && html`<${RichText} elements=${block.details.elements} />`}
      ${block.output && html`<${RichText} elements=${block.output.elements} />`}</div></div>`;
}

const Plan = ({ block }) => html`<details class="block container"><summary>${block.title}</summary>
  ${(block.tasks ?? []).map((task) => html`<${Task} key=${task.task_id} block=${task} />`)}</details>`;

const BLOCKS = {
  section: Section,
  header: Header,
  divider: () => html`<hr class="block" />`,
  context: Context,
  actions: Actions,
  context_actions: Actions,
  input: Input,
  image: Image,
  markdown: ({ block }) => html`<div class="block"><${Markdown} text=${block.text} /></div>`,
  rich_text: ({ block }) => html`<div class="block text"><${RichText} elements=${block.elements} /></div>`,
  alert: Alert,
  table: Table,
  card: Card,
  carousel: ({ block }) => html`<div class="block carousel">${block.elements.map((card) => html`<${Card} block=${card} />`)}</div>`,
  container: Container,
  plan: Plan,
  task_card: Task,
};

const elementIds = (block) =>
  [block.accessory, block.element, ...(block.elements ?? []), ...(block.actions ?? [])]
    .map((element) => element?.action_id)
    .filter(Boolean)
    .join(" ");

/**
 * A key that stays with a block through a redraw even if the app sends no block_id (Slack then makes
 * a new one each time): a button that is pressed or focused must not be rebuilt under the person.
 */
function stableKeys(blocks) {
  const seen = new Map();
  return blocks.map((block) => {
    const kind = block.type === "input" ? `input ${block.block_id}` : `${block.type} ${elementIds(block)}`;
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
    return `${kind} ${seen.get(kind)}`;
  });
}

export function Blocks({ blocks }) {
  const keys = stableKeys(blocks);
  return blocks.map((block, index) => {
    const kind = BLOCKS[block.type];
    return kind
      ? html`<${kind} key=${keys[index]} block=${block} />`
      : html`<div class="block" key=${keys[index]}><${Unshown} type=${block.type} /></div>`;
  });
}
