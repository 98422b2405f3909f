import { WorkspaceCorruptError } from "../errors/state-errors.ts";
import { parseWorkspaceConfig, type WorkspaceConfig } from "../options/workspace-options.ts";

const VERSION = 1;

/** @returns the text of `config.json` */
export function formatWorkspaceConfig(userId: string, config: WorkspaceConfig): string {
  const createdAt = new Date().toISOString();
  return `${JSON.stringify({ version: VERSION, userId, createdAt, config }, null, 2)}\n`;
}

/**
 * Reads the text of `config.json`.
 *
 * @throws WorkspaceCorruptError when it is not what `formatWorkspaceConfig` writes for this user
 */
export function parseWorkspaceConfigFile(userId: string, path: string, text: string): WorkspaceConfig {
  try {
    const file: unknown = JSON.parse(text);
    if (typeof file !== "object" || file === null || !("version" in file) || !("userId" in file)) {
      throw new WorkspaceCorruptError(userId, path, "is not a workspace config");
    }
    if (file.version !== VERSION) {
      throw new WorkspaceCorruptError(
        userId,
        path,
        `has version ${JSON.stringify(file.version)}, not ${VERSION}`,
      );
    }
    // On a file system that folds case, "Ada" would otherwise open the workspace of "ada".
    if (file.userId !== userId) {
      throw new WorkspaceCorruptError(userId, path, `belongs to user ${JSON.stringify(file.userId)}`);
    }
    return parseWorkspaceConfig("config" in file ? file.config : undefined);
  } catch (error) {
    if (error instanceof WorkspaceCorruptError) throw error;
    throw new WorkspaceCorruptError(userId, path, "cannot be read", error);
  }
}
