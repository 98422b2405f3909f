import type { SessionInfo } from "../info.ts";
import type { Passage, PassageBlock } from "./passage.ts";

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
main { max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
article { margin: 1rem 0; padding: .5rem 1rem; border-left: 3px solid #8888 }
article.user { border-color: #36c }
article.assistant { border-color: #393 }
article.note { font-style: italic }
h2 { font-size: 1rem; margin: 0 }
time, .label { font-size: .8rem; opacity: .7 }
p, pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0 }
pre, .thinking { font-size: .85rem }
pre { background: #8882; padding: .5rem; max-height: 40rem; overflow: auto }
.thinking { opacity: .7 }
img { max-width: 100% }
`;

/** Nothing is loaded and nothing is run, whatever a text may hold that escaping would miss. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The beginning of a page that needs no other file. */
export function htmlHead({ id, title, createdAt }: SessionInfo): string {
  const name = escaped(title ?? id);
  return [
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width">',
    `<title>${name}</title>\n<style>${STYLE}</style>\n</head>\n<body>\n<main>`,
    `<h1>${name}</h1>\n<p>Session <code>${escaped(id)}</code>, begun ${escaped(createdAt)}</p>\n`,
  ].join("\n");
}

export function htmlPassage({ kind, heading, timestamp, blocks }: Passage): string {
  const head = `<h2>${escaped(heading)}</h2>\n<time>${escaped(timestamp)}</time>`;
  return `<article class="${kind}">\n${[head, ...blocks.map(blockHtml)].join("\n")}\n</article>\n`;
}

export const htmlEnd = "</main>\n</body>\n</html>\n";

function blockHtml(block: PassageBlock): string {
  switch (block.type) {
    case "text":
      return `<p>${escaped(block.text)}</p>`;
    case "thinking":
      return `<p class="thinking">${escaped(block.text)}</p>`;
    case "verbatim": {
      const label = block.label === "" ? "" : `<div class="label">${escaped(block.label)}</div>\n`;
      return `${label}<pre>${escaped(block.text)}</pre>`;
    }
    case "image":
      return imageHtml(block.mimeType, block.data);
  }
}

/** The kinds that providers take; SVG, which can hold a script, is none of them. */
const IMAGE = /^image\/(png|jpeg|gif|webp)$/;

function imageHtml(mimeType: string, data: string): string {
  if (!IMAGE.test(mimeType) || !/^[A-Za-z0-9+/]+={0,2}$/.test(data))
    return `<p>(image, ${escaped(mimeType)})</p>`;
  return `<img alt="" src="data:${mimeType};base64,${data}">`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** HTML has no control characters but these white ones. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "")
    .replace(/\p{Cc}/gu, (character) => (/[\t\n\r]/.test(character) ? character : "\uFFFD"));
}
