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

const ownLauncher = `@cloison/sandbox-linux-${process.arch}`;
const otherLauncher = `@cloison/sandbox-linux-${process.arch === "x64" ? "arm64" : "x64"}`;

test("every publishable package is packed", () => {
  const names = new Set(Object.keys(tarballs));
  names.delete(otherLauncher);
  expect(names).toEqual(
    new Set([
      "@cloison/agent",
      "@cloison/cli",
      "@cloison/fallback",
      "@cloison/platform",
      "@cloison/sandbox",
      ownLauncher,
      "@cloison/sessions",
      "@cloison/testing",
      "cloison-runtime",
    ]),
  );
});

const left = otherLauncher in tarballs ? "" : " (skipped: no compiler for the other processor is installed)";
test.skipIf(left !== "")(`the launcher for the other processor is packed${left}`, () => {
  expect(contents(tarballs[otherLauncher] ?? "").paths).toContain("bin/cloison-launcher");
});

test.each(Object.entries(tarballs))("%s holds what it needs and nothing else", (_name, tarball) => {
  const { paths, manifest } = contents(tarball);
  expect(paths).toEqual(expect.arrayContaining(["package.json", "README.md", "LICENSE"]));
  const others = paths.filter((path) => !["package.json", "README.md", "LICENSE"].includes(path));
  const needed = /^(coming-from\.md|bin\/cloison-(launcher|attack)|dist\/.*\.(c?js|d\.ts))$/;
  const unneeded = others.filter((path) => !needed.test(path));
  expect(unneeded).toEqual([]);
  expect(JSON.stringify(manifest)).not.toMatch(/workspace:|catalog:|file:/);
});

test("the sandbox depends on nothing but its launchers, in the very version that it was tested with", () => {
  const { manifest } = contents(tarballs["@cloison/sandbox"] ?? "");
  expect(manifest.dependencies ?? {}).toEqual({});
  expect(manifest.optionalDependencies).toEqual({
    "@cloison/sandbox-linux-arm64": manifest.version,
    "@cloison/sandbox-linux-x64": manifest.version,
  });
});

test("the fallback depends on nothing", () => {
  const { manifest } = contents(tarballs["@cloison/fallback"] ?? "");
  expect(manifest.dependencies ?? {}).toEqual({});
  expect(manifest.optionalDependencies ?? {}).toEqual({});
  expect(manifest.peerDependencies ?? {}).toEqual({});
});

test("the launcher comes in a package for its own processor", () => {
  const { paths, manifest } = contents(tarballs[ownLauncher] ?? "");
  expect(manifest).toMatchObject({ os: ["linux"], cpu: [process.arch] });
  expect(paths).toContain("bin/cloison-launcher");
});

test("the agent brings its worker", () => {
  const { paths } = contents(tarballs["@cloison/agent"] ?? "");
  expect(paths.filter((path) => /worker.*\.js$/.test(path))).not.toEqual([]);
});
