import { expect, test } from "vitest";
import { startError } from "../src/launcher/failure.ts";

test("a want of processes is told from a want of user namespaces", () => {
  const detail = "in the sandbox";
  expect(startError({ step: "clone", errno: "EAGAIN", detail }).message).toContain("limits.pids");
  expect(startError({ step: "clone", errno: "EPERM", detail }).message).toContain("max_user_namespaces");
});

test("a step that nobody knows sends its reader to the doctor", () => {
  expect(startError({ step: "unheard of", errno: "EIO", detail: "" }).message).toContain("doctor");
});
