// Block Kit's blocks, each as a small component. Interactive elements are in actions.js and inputs.js.

import { useState } from "preact/hooks";
import { Button, FeedbackButtons, IconButton, Overflow } from "./actions";
import { useSurface, type ElementProps } from "./forms";
import {
  Checkboxes,
  MomentPicker,
  MultiSelect,
  RadioButtons,
  RichTextInput,
  Select,
  TextInput,
  inputId,
} from "./inputs";
import { Markdown } from "./markdown";
import { Call, Cell, DataTable, RemoteFile, Video } from "./media";
import { Picture } from "./picture";
import { RichText } from "./richtext";
import { ExternalSelect, FileInput } from "./asking";
import { PlainText, TextObject } from "./text";

const ImageElement = ({ element }) => (
  <Picture
    url={element.image_url ?? element.slack_file?.url}
    alt={element.alt_text}
    kind="element-image"
  />
);

const ELEMENTS = {
  button: Button,
  overflow: Overflow,
  icon_button: IconButton,
  feedback_buttons: FeedbackButtons,
  image: ImageElement,
  static_select: Select,
  external_select: ExternalSelect,
  multi_external_select: ExternalSelect,
  file_input: FileInput,
  workflow_button: Button,
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

const Unshown = ({ type }) => (
  <span class="unshown">A “{type}” is here, which this workspace doesn’t draw.</span>
);

export function Element({ block, element, invalid }: ElementProps) {
  const Kind = ELEMENTS[element.type];
  return Kind ? (
    <Kind block={block} element={element} invalid={invalid} />
  ) : (
    <Unshown type={element.type} />
  );
}

function Section({ block }) {
  return (
    <div class="block section">
      <div class="section-body">
        {block.text && (
          <div class="text">
            <TextObject text={block.text} />
          </div>
        )}
        {block.fields && (
          <div class="fields">
            {block.fields.map((field) => (
              <div class="text">
                <TextObject text={field} />
              </div>
            ))}
          </div>
        )}
      </div>
      {block.accessory && (
        <div class="accessory">
          <Element block={block} element={block.accessory} />
        </div>
      )}
    </div>
  );
}

const Header = ({ block }) => (
  <div class="block header" role="heading" aria-level={3}>
    <PlainText text={block.text.text} />
  </div>
);

function Context({ block }) {
  return (
    <div class="block context">
      {block.elements.map((element) =>
        element.type === "image" ? (
          <ImageElement element={element} />
        ) : (
          <span class="text">
            <TextObject text={element} />
          </span>
        ),
      )}
    </div>
  );
}

const Actions = ({ block }) => (
  <div class="block actions">
    {block.elements.map((element) => (
      <Element key={element.action_id} block={block} element={element} />
    ))}
  </div>
);

function Input({ block }) {
  const surface = useSurface();
  const { element } = block;
  const id = inputId(surface, block, element);
  const error = surface.errors?.[block.block_id];
  const name = (
    <>
      <PlainText text={block.label.text} />
      {block.optional && <span class="optional">(optional)</span>}
    </>
  );
  const grouped = element.type === "checkboxes" || element.type === "radio_buttons";
  return (
    <div class={error ? "block input has-error" : "block input"} data-block-id={block.block_id}>
      {grouped ? (
        <span class="input-label">{name}</span>
      ) : (
        <label class="input-label" for={id}>
          {name}
        </label>
      )}
      <Element block={block} element={element} invalid={Boolean(error)} />
      <div class="input-note" id={`${id}-note`}>
        {error && (
          <span class="input-error" role="alert">
            {error}
          </span>
        )}
        {block.hint && (
          <span class="hint">
            <PlainText text={block.hint.text} />
          </span>
        )}
      </div>
    </div>
  );
}

function Image({ block }) {
  const url = block.image_url ?? block.slack_file?.url;
  return (
    <figure class="block image">
      {block.title && (
        <figcaption>
          <PlainText text={block.title.text} />
        </figcaption>
      )}
      <Picture url={url} alt={block.alt_text} kind="block-image" />
    </figure>
  );
}

const LEVELS = { info: "ℹ️ Info", warning: "⚠️ Warning", error: "⛔ Error", success: "✅ Success" };

function Alert({ block }) {
  const level = block.level in LEVELS ? block.level : "info";
  const [icon, name] = LEVELS[level].split(" ");
  return (
    <div class={`block alert ${level}`} role="note">
      <span role="img" aria-label={name}>
        {icon}
      </span>
      <div class="text">
        <TextObject text={block.text} />
      </div>
    </div>
  );
}

function Table({ block }) {
  const [head, ...rows] = block.rows;
  const style = (column) => {
    const settings = block.column_settings?.[column];
    return `align-${settings?.align ?? "left"}${settings?.is_wrapped ? " wrapped" : ""}`;
  };
  return (
    <div class="block table-scroll">
      <table>
        <thead>
          <tr>
            {head.map((cell, column) => (
              <th scope="col" class={style(column)}>
                <Cell cell={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {row.map((cell, column) => (
                <td class={style(column)}>
                  <Cell cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Card({ block }) {
  return (
    <div class="block card">
      {block.hero_image && (
        <Picture url={block.hero_image.image_url} alt={block.hero_image.alt_text} kind="hero" />
      )}
      <div class="card-head">
        {block.icon && <ImageElement element={block.icon} />}
        <div>
          {block.title && (
            <div class="card-title">
              <TextObject text={block.title} />
            </div>
          )}
          {block.subtitle && (
            <div class="card-subtitle">
              <TextObject text={block.subtitle} />
            </div>
          )}
        </div>
      </div>
      {block.body && (
        <div class="text">
          <TextObject text={block.body} />
        </div>
      )}
      {block.actions && (
        <div class="actions">
          {block.actions.map((element) => (
            <Element key={element.action_id} block={block} element={element} />
          ))}
        </div>
      )}
    </div>
  );
}

function Container({ block }) {
  const title = block.rich_text_title ? (
    <RichText elements={block.rich_text_title.elements} />
  ) : (
    <TextObject text={block.title} />
  );
  const heading = (
    <>
      {title}
      {block.subtitle && (
        <span class="card-subtitle">
          <TextObject text={block.subtitle} />
        </span>
      )}
    </>
  );
  const inner = <Blocks blocks={block.child_blocks} />;
  return block.is_collapsible ? (
    <details class="block container" open={!block.default_collapsed}>
      <summary>{heading}</summary>
      {inner}
    </details>
  ) : (
    <div class="block container">
      <div class="container-title">{heading}</div>
      {inner}
    </div>
  );
}

const TASK_STATES = { pending: "▫️", in_progress: "▶️", complete: "✅", error: "❌" };

function Task({ block }) {
  return (
    <div class="block task">
      <span role="img" aria-label={block.status}>
        {TASK_STATES[block.status] ?? "▫️"}
      </span>
      <div>
        <b>{block.title}</b> <span class="card-subtitle">{block.status?.replace("_", " ")}</span>
        {block.details && <RichText elements={block.details.elements} />}
        {block.output && <RichText elements={block.output.elements} />}
      </div>
    </div>
  );
}

const Plan = ({ block }) => (
  <details class="block container">
    <summary>{block.title}</summary>
    {(block.tasks ?? []).map((task) => (
      <Task key={task.task_id} block={task} />
    ))}
  </details>
);

const BLOCKS = {
  section: Section,
  header: Header,
  divider: () => <hr class="block" />,
  context: Context,
  actions: Actions,
  context_actions: Actions,
  input: Input,
  image: Image,
  markdown: ({ block }) => (
    <div class="block">
      <Markdown text={block.text} />
    </div>
  ),
  rich_text: ({ block }) => (
    <div class="block text">
      <RichText elements={block.elements} />
    </div>
  ),
  alert: Alert,
  table: Table,
  data_table: DataTable,
  video: Video,
  file: RemoteFile,
  call: Call,
  card: Card,
  carousel: ({ block }) => (
    <div class="block carousel">
      {block.elements.map((card) => (
        <Card block={card} />
      ))}
    </div>
  ),
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
    const kind =
      block.type === "input" ? `input ${block.block_id}` : `${block.type} ${elementIds(block)}`;
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
    return `${kind} ${seen.get(kind)}`;
  });
}

export function Blocks({ blocks }) {
  const keys = stableKeys(blocks);
  return blocks.map((block, index) => {
    const Kind = BLOCKS[block.type];
    return Kind ? (
      <Kind key={keys[index]} block={block} />
    ) : (
      <div class="block" key={keys[index]}>
        <Unshown type={block.type} />
      </div>
    );
  });
}
