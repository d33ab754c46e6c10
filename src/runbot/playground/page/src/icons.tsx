// The page's signs: a handful of Lucide's, drawn in the colour of the text around them.

import {
  AtSign,
  Bell,
  Bug,
  ChevronDown,
  CircleHelp,
  CodeXml,
  Ellipsis,
  EyeOff,
  File,
  Hash,
  House,
  Link,
  ListChecks,
  Lock,
  Mail,
  Menu,
  MessageSquareText,
  Moon,
  Paperclip,
  Pencil,
  Search,
  SendHorizontal,
  SmilePlus,
  Smile,
  Square,
  Sun,
  SunMoon,
  Trash2,
  X,
  Zap,
} from "lucide";
import { h } from "preact";

const ICONS = {
  at: AtSign,
  bell: Bell,
  bug: Bug,
  code: CodeXml,
  steps: ListChecks,
  down: ChevronDown,
  help: CircleHelp,
  more: Ellipsis,
  hidden: EyeOff,
  file: File,
  hash: Hash,
  home: House,
  link: Link,
  lock: Lock,
  mail: Mail,
  menu: Menu,
  thread: MessageSquareText,
  dark: Moon,
  attach: Paperclip,
  edit: Pencil,
  search: Search,
  send: SendHorizontal,
  react: SmilePlus,
  smile: Smile,
  stop: Square,
  light: Sun,
  auto: SunMoon,
  trash: Trash2,
  close: X,
  zap: Zap,
};

export type IconName = keyof typeof ICONS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {ICONS[name].map(([tag, attributes]) => h(tag, attributes as object))}
    </svg>
  );
}
