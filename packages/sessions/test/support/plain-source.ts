import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { onTestFinished } from "vitest";

/**
 * The sources as plain JavaScript, for tests that start processes by the thousand: Node takes three times as
 * long to start with TypeScript. The copy is gone when the test is over.
 *
 * @returns the URL of a source file's copy, for the script of a child process
 */
export function plainSource(): (path: string) => string {
  // Beside the dependencies, so that they are found from there.
  const directory = mkdtempSync(new URL("../../node_modules/.plain-", import.meta.url).pathname);
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  cpSync(new URL("../../src", import.meta.url), directory, { recursive: true });
  writeFileSync(join(directory, "package.json"), '{"type":"module"}');
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  for (const name of names.filter((name) => name.endsWith(".ts"))) {
    const code = stripTypeScriptTypes(readFileSync(join(directory, name), "utf8"));
    writeFileSync(join(directory, plain(name)), code.replace(/(from |import\()"(\..*)\.ts"/g, '$1"$2.js"'));
  }
  return (path) => JSON.stringify(pathToFileURL(join(directory, plain(path))).href);
}

function plain(name: string): string {
  return name.replace(/\.ts$/, ".js");
}
