import { expect, test } from "vitest";
import { createIndexFile } from "../src/index-db/index-file.ts";
import { storeLearnt } from "../src/index-db/verify-index.ts";
import { infoOfHeader } from "../src/info.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const timestamp = "2026-01-01T00:00:00.000Z";

function known(title: string) {
  const info = infoOfHeader({ type: "session", version: 3, id: "s", timestamp, cwd: "/" });
  return { info: { ...info, title }, bytes: 1, modified: 1 };
}

test("what was read of a transcript does not take the place of what its writer told meanwhile", async () => {
  const file = createIndexFile(temporaryDirectory(), () => undefined);
  const titleNow = () => file.read(({ rows }) => rows.get("s")?.info.title);
  const put = (title: string) => file.write(({ rows }) => rows.put(known(title)));
  await storeLearnt(file, [{ id: "s", row: undefined, known: known("read") }]);
  expect(await titleNow()).toBe("read");
  const row = await file.read(({ rows }) => rows.get("s"));
  await put("told");
  await storeLearnt(file, [{ id: "s", row, known: known("older") }]);
  await storeLearnt(file, [{ id: "s", row: undefined, known: known("older") }]);
  await storeLearnt(file, [{ id: "s", row, known: undefined }]);
  expect(await titleNow()).toBe("told");
  await storeLearnt(file, [{ id: "s", row: await file.read(({ rows }) => rows.get("s")), known: undefined }]);
  expect(await titleNow()).toBeUndefined();
  file.close();
});
