// "Show blocks": a message, a modal or Home as the app sent it, and what concerned it.

import { fullName } from "./avatars";
import { Icon } from "./icons";
import { SubjectView } from "./inspector";
import { openPanel, type Subject } from "./panel";
import { Dialog } from "./popups";
import type { Session } from "./session";
import { plainOf } from "./text";
import type { Message, View } from "./types";

export function showBlocksOf(message: Message, session: Session): void {
  const author = session.state.people.get(message.user);
  openPanel("inspector", {
    title: `Message by ${author?.is_bot ? author.name : fullName(author)}`,
    channel: message.channel,
    ts: message.ts,
    blocks: message.blocks ?? { text: message.text },
  });
}

const viewSubject = (view: View): Subject => ({
  title: view.type === "home" ? "Home" : `Modal: ${plainOf(view.title)}`,
  view: view.id,
  blocks: view.blocks,
});

export function BlocksButton({ onPress }: { onPress: () => void }) {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label="Show blocks"
      title="Show blocks"
      onClick={onPress}
    >
      <Icon name="code" size={16} />
    </button>
  );
}

export const HomeBlocks = ({ view }: { view?: View | null }) =>
  view ? <BlocksButton onPress={() => openPanel("inspector", viewSubject(view))} /> : null;

/** Over the modal: a panel beside it can't be reached while the modal is open. */
export function ViewBlocks({
  view,
  session,
  onClose,
}: {
  view: View;
  session: Session;
  onClose: () => void;
}) {
  const subject = viewSubject(view);
  return (
    <Dialog kind="blocks-dialog" label="Blocks" onCancel={onClose}>
      <header class="modal-head">
        <h2>{subject.title}</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <SubjectView subject={subject} state={session.state} />
    </Dialog>
  );
}
