/** The process of an ordinary user that {@link runUserLane} starts; it ends with its parent. */
import { runLane } from "./run-lane.ts";
import type { UserLaneMessage, UserLaneOptions } from "./user-lane.ts";

function tell(message: UserLaneMessage): void {
  process.send?.(message);
}

process.once("message", async (options: UserLaneOptions) => {
  try {
    const onProbe = (result: Parameters<NonNullable<Parameters<typeof runLane>[0]["onProbe"]>>[0]) =>
      tell({ kind: "probe", result });
    tell({ kind: "done", results: await runLane({ ...options, as: "user", onProbe }) });
  } catch (error) {
    tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
});
process.on("disconnect", () => process.exit());
