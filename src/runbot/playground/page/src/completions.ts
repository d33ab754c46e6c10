// What a composer offers while one types: commands after "/", people after "@", channels after "#".

const MOST = 8;

/** {from, offers: [{text, label, note}]} for the word at the caret, or null. */
export function completionsAt(text, caret, { commands, people, channels }) {
  const before = text.slice(0, caret);
  const command = /^\/\S*$/.exec(before);
  if (command) {
    const offers = commands
      .filter((one) => one.command.startsWith(before.toLowerCase()))
      .map((one) => ({
        text: `${one.command} `,
        label: `${one.command} ${one.usage_hint ?? ""}`,
        note: one.description,
      }));
    return offers.length ? { from: 0, offers: offers.slice(0, MOST) } : null;
  }
  const word = /(^|[\s(])([@#])([\p{L}\p{N}._-]*)$/u.exec(before);
  if (!word) return null;
  const [, , mark, typed] = word;
  const wanted = typed.toLowerCase();
  const offers =
    mark === "@"
      ? people
          .filter(
            (one) =>
              one.name.toLowerCase().startsWith(wanted) ||
              one.real_name?.toLowerCase().startsWith(wanted),
          )
          .map((one) => ({
            text: `@${one.name} `,
            label: `@${one.name}`,
            note: one.is_bot ? "App" : one.real_name,
          }))
      : channels
          .filter((one) => one.name?.startsWith(wanted))
          .map((one) => ({ text: `#${one.name} `, label: `#${one.name}`, note: one.topic }));
  return offers.length ? { from: caret - typed.length - 1, offers: offers.slice(0, MOST) } : null;
}
