// Builds the page: src/ and the npm packages become a few files in built/, which are committed.
// The same sources give the same bytes on every machine; tests hold both halves of that.

import { createHash } from "node:crypto";
import { readFile, readdir, mkdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const OUT = path.resolve(HERE, process.argv[2] ?? "built");
const require = createRequire(import.meta.url);

// What the built files are made of, besides all of src/.
const ALSO = ["build.mjs", "package.json", "package-lock.json", "tsconfig.json"];
const COPIED = ["index.html", "icon.svg"];

async function filesUnder(folder) {
  const entries = await readdir(path.join(HERE, folder), { withFileTypes: true });
  const found = entries.map((entry) => {
    const inside = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesUnder(inside) : [inside];
  });
  return (await Promise.all(found)).flat();
}

/** SHA-256 over each source's name and contents, in the order of the names. */
async function hashOfSources() {
  const hash = createHash("sha256");
  const names = [...(await filesUnder("src")), ...ALSO].sort();
  for (const name of names) {
    const contents = await readFile(path.join(HERE, name));
    hash.update(`${name}\0${contents.length}\0`).update(contents);
  }
  return hash.digest("hex");
}

/** Slack's emoji in its own order: a line per category, `names character[*]` between bars. */
async function emojiTable() {
  const all = JSON.parse(await readFile(require.resolve("emoji-datasource/emoji.json"), "utf8"));
  const categories = new Map();
  for (const one of all.sort((a, b) => a.sort_order - b.sort_order)) {
    const points = one.unified.split("-").map((point) => Number.parseInt(point, 16));
    const entry = `${one.short_names.join(",")} ${String.fromCodePoint(...points)}${one.skin_variations ? "*" : ""}`;
    categories.set(one.category, [...(categories.get(one.category) ?? []), entry]);
  }
  // Skin tones are said with an emoji, not picked by themselves.
  const lines = [...categories].filter(([name]) => name !== "Component");
  return lines.map(([name, entries]) => `${name}\t${entries.join("|")}`).join("\n");
}

/** `import table from "emoji-table"`: the part of the data set that the page needs. */
const emoji = {
  name: "emoji-table",
  setup(on) {
    on.onResolve({ filter: /^emoji-table$/ }, () => ({ path: "emoji-table", namespace: "emoji" }));
    on.onLoad({ filter: /.*/, namespace: "emoji" }, async () => ({
      contents: await emojiTable(),
      loader: "text",
    }));
  },
};

const LICENCE = /^(licen[cs]e|copying|notice)/i;

/** The licences of all packages that are in the bundle, as their authors ask. */
async function licences(inputs) {
  const packages = new Set(["emoji-datasource"]);
  for (const input of inputs) {
    const found = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) packages.add(found[1]);
  }
  const texts = [...packages].sort().map(async (name) => {
    const folder = path.join(HERE, "node_modules", name);
    const { version, license } = JSON.parse(
      await readFile(path.join(folder, "package.json"), "utf8"),
    );
    const files = (await readdir(folder)).filter((file) => LICENCE.test(file)).sort();
    if (!files.length) throw new Error(`${name} has no licence file: find out what it asks for.`);
    const words = await Promise.all(files.map((file) => readFile(path.join(folder, file), "utf8")));
    return `${name} ${version} (${license})\n\n${words.join("\n").replaceAll("\r\n", "\n").trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${"=".repeat(78)}\n\n`);
}

const { metafile, outputFiles } = await build({
  absWorkingDir: HERE,
  entryPoints: { app: "src/app.tsx" },
  outdir: OUT,
  bundle: true,
  format: "esm",
  minify: true,
  target: ["es2022"],
  charset: "utf8",
  legalComments: "none", // gathered in licences.txt
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [emoji],
  // The list that draws only what is near the window is written for React.
  alias: {
    react: "preact/compat",
    "react-dom": "preact/compat",
    "react/jsx-runtime": "preact/jsx-runtime",
  },
  metafile: true,
  write: false,
  logLevel: "warning",
});
// What was built before goes only once the new files are there.
await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
for (const file of outputFiles) await writeFile(file.path, file.contents);
for (const name of COPIED) {
  await writeFile(path.join(OUT, name), await readFile(path.join(HERE, "src", name)));
}
await writeFile(path.join(OUT, "licences.txt"), await licences(Object.keys(metafile.inputs)));
await writeFile(
  path.join(OUT, "build.json"),
  `${JSON.stringify({ sources: await hashOfSources() }, null, 2)}\n`,
);
