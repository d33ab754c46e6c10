// A picture, or the words that stand for it where it can't be had.

import { useState } from "preact/hooks";

export function Picture({ url, alt, kind }: { url?: string; alt?: string; kind: string }) {
  const [failed, setFailed] = useState(false);
  if (failed || !url) {
    return (
      <span class="picture-missing" role="img" aria-label={alt || "Image"}>
        🖼 {alt || "Image"}
      </span>
    );
  }
  return (
    <img class={kind} src={url} alt={alt ?? ""} loading="lazy" onError={() => setFailed(true)} />
  );
}
