/** Whether a text is an HTML page, perhaps after a status. */
export function isHtml(text: string): boolean {
  return /<!doctype html|<html[\s>]|<head[\s>]|<body[\s>]|<title[\s>]|<center>/i.test(text.slice(0, 2000));
}

/**
 * Title and first headings of a page, without tags. A page's small print speaks of limits, accounts and keys that are
 * not what went wrong.
 */
export function headlineOf(page: string): string {
  const lower = page.toLowerCase();
  const parts = ["title", "h1", "h2"].map((tag) => contentOf(page, lower, tag));
  return parts.filter((part) => part !== "").join("\n");
}

function contentOf(page: string, lower: string, tag: string): string {
  const start = lower.indexOf(`<${tag}`);
  if (start === -1) return "";
  const open = lower.indexOf(">", start);
  const close = lower.indexOf(`</${tag}`, open);
  if (open === -1 || close === -1) return "";
  return page
    .slice(open + 1, Math.min(close, open + 500))
    .replaceAll(/<[^<>]{0,200}>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}
