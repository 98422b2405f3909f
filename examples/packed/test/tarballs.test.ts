import { execFileSync } from "node:child_process";
import { expect, inject, test } from "vitest";

const tarballs = inject("tarballs");

/** Paths in a tarball, and the package.json in it. */
function contents(tarball: string): { paths: string[]; manifest: Record<string, unknown> } {
  const listed = execFileSync("tar", ["--list", "--gzip", "--file", tarball], { encoding: "utf8" });
  const args = ["--extract", "--to-stdout", "--gzip", "--file", tarball, "package/package.json"];
  const manifest = JSON.parse(execFileSync("tar", args, { encoding: "utf8" }));
  const paths = listed.trimEnd().split("\n");
  return { paths: paths.map((path) => path.replace(/^package\//, "")), manifest };
}

test("every publishable package is packed", () => {
  expect(Object.keys(tarballs).sort()).toEqual([
    "@cloison/agent",
    "@cloison/cli",
    "@cloison/platform",
    "@cloison/sandbox",
    "@cloison/testing",
    "cloison-runtime",
  ]);
});

test.each(Object.entries(tarballs))("%s holds what it needs and nothing else", (_name, tarball) => {
  const { paths, manifest } = contents(tarball);
  expect(paths).toEqual(expect.arrayContaining(["package.json", "README.md", "LICENSE"]));
  const others = paths.filter((path) => !["package.json", "README.md", "LICENSE"].includes(path));
  const needed = /^dist\/(native\/linux-(x64|arm64)\/cloison-launcher|.*\.(c?js|d\.ts))$/;
  const unneeded = others.filter((path) => !needed.test(path));
  expect(unneeded).toEqual([]);
  expect(JSON.stringify(manifest)).not.toMatch(/workspace:|catalog:|file:/);
});

test("the sandbox brings its launcher for this processor, and depends on nothing", () => {
  const { paths, manifest } = contents(tarballs["@cloison/sandbox"] ?? "");
  expect(paths.filter((path) => path.startsWith("dist/native/"))).not.toEqual([]);
  expect(manifest.dependencies ?? {}).toEqual({});
});

test("the agent brings its worker", () => {
  const { paths } = contents(tarballs["@cloison/agent"] ?? "");
  expect(paths.filter((path) => /worker.*\.js$/.test(path))).not.toEqual([]);
});
