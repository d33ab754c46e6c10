// A person's face: initials on their colour. The app has a sign of its own.

const cssColor = (color) =>
  /^[0-9a-f]{6}$/i.test(color ?? "") ? `#${color}` : (color ?? "#616061");

export function Avatar({ person, size = "" }) {
  const mark = person?.is_bot
    ? "⚙"
    : (person?.initials ?? person?.name?.slice(0, 1).toUpperCase() ?? "?");
  return (
    <span
      class={`avatar ${size}`}
      aria-hidden="true"
      style={{ backgroundColor: cssColor(person?.color) }}
    >
      {mark}
    </span>
  );
}

export const fullName = (person) => person?.real_name || person?.name || "Someone";
