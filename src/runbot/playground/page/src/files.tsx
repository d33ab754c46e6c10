// Files: as they hang on a message, and while they are on their way.

import { useState } from "preact/hooks";
import { ApiError, fileAddress, type Upload } from "./api";
import { Icon } from "./icons";
import type { Session } from "./session";
import type { FileInfo } from "./types";

const UNITS = ["bytes", "kB", "MB", "GB"];

export function sizeOf(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit && size < 10 ? size.toFixed(1) : Math.round(size)} ${UNITS[unit]}`;
}

function Picture({ file, address }: { file: FileInfo; address: string }) {
  const [failed, setFailed] = useState(false);
  if (failed) return null;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer" class="file-picture">
      <img src={address} alt={file.title || file.name} onError={() => setFailed(true)} />
    </a>
  );
}

function OneFile({ file, session }: { file: FileInfo; session: Session }) {
  if (file.deleted) {
    return <div class="file muted">This file was deleted.</div>;
  }
  const me = session.state.me!.id;
  return (
    <figure class="file" aria-label={file.name}>
      {file.inline && <Picture file={file} address={fileAddress(me, file.id, true)} />}
      <figcaption class="file-facts">
        <Icon name="file" size={22} />
        <span class="file-name">
          <b>{file.title || file.name}</b>
          <span class="muted">
            {file.pretty_type} · {sizeOf(file.size)}
          </span>
        </span>
        <a class="button" href={fileAddress(me, file.id)} download={file.name}>
          Download
        </a>
      </figcaption>
    </figure>
  );
}

export function Files({ files, session }: { files?: FileInfo[]; session: Session }) {
  if (!files?.length) return null;
  return (
    <div class="files">
      {files.map((file) => (
        <OneFile key={file.id} file={file} session={session} />
      ))}
    </div>
  );
}

export interface Attachment {
  key: number;
  name: string;
  size: number;
  part: number; // from 0 to 1
  file: FileInfo | null; // once it has arrived
  error: string | null;
  upload: Upload;
}

let count = 0;

/** Files that are being sent up, before anybody else sees them. */
export function useUploads(session: Session) {
  const [attachments, setAttachments] = useState<Attachment[]>([]);
  const change = (key: number, changed: Partial<Attachment>) =>
    setAttachments((all) => all.map((one) => (one.key === key ? { ...one, ...changed } : one)));
  const add = (files: Iterable<File>): void => {
    for (const file of files) {
      count += 1;
      const key = count;
      const upload = session.acts.upload(file, (part) => change(key, { part }));
      const { name, size } = file;
      setAttachments((all) => [
        ...all,
        { key, name, size, part: 0, file: null, error: null, upload },
      ]);
      upload.done.then(
        (arrived) => change(key, { part: 1, file: arrived }),
        (error) => {
          if (!(error instanceof ApiError)) throw error;
          change(key, { error: error.message });
        },
      );
    }
  };
  const remove = (key: number): void => {
    attachments.find((one) => one.key === key && !one.file)?.upload.cancel();
    setAttachments((all) => all.filter((one) => one.key !== key));
  };
  return { attachments, add, remove, clear: () => setAttachments([]) };
}

/** The chips of files that will go with the message. */
export function Attachments({
  attachments,
  onRemove,
}: {
  attachments: Attachment[];
  onRemove: (key: number) => void;
}) {
  if (!attachments.length) return null;
  return (
    <ul class="attachments" aria-label="Files to send">
      {attachments.map(({ key, name, size, part, file, error }) => (
        <li key={key} class={error ? "attachment has-error" : "attachment"}>
          <Icon name="file" size={20} />
          <span class="file-name">
            <b>{name}</b>
            {error ? (
              <span class="act-error" role="alert">
                {error}
              </span>
            ) : (
              <span class="muted">
                {file ? sizeOf(size) : `${Math.round(part * 100)} % of ${sizeOf(size)}`}
              </span>
            )}
            {!file && !error && <progress max={1} value={part} aria-label={`Sending ${name}`} />}
          </span>
          <button
            type="button"
            class="icon-button"
            aria-label={file || error ? `Remove ${name}` : `Cancel ${name}`}
            onClick={() => onRemove(key)}
          >
            <Icon name="close" size={15} />
          </button>
        </li>
      ))}
    </ul>
  );
}
