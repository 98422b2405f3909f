import type { SessionStore } from "@cloison/sessions";
import { parseSessionId } from "../ids.ts";
import { sessionFailure } from "./missing-workspace.ts";

/**
 * The sessions of one workspace, see `SessionStore` of `@cloison/sessions` for each function. To speak in one is
 * what `run` is for. All of them throw InvalidIdError. A workspace that was deleted has no sessions; what would write
 * in it throws WorkspaceNotFoundError.
 */
export type WorkspaceSessions = Pick<
  SessionStore,
  "list" | "get" | "search" | "read" | "rename" | "label" | "fork" | "delete" | "export" | "reindex"
>;

/** What of a workspace its sessions are known by. */
export interface SessionsPlace {
  readonly userId: string;
  readonly sessions: SessionStore;
}

export function workspaceSessions({ userId, sessions }: SessionsPlace): WorkspaceSessions {
  const told = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw sessionFailure(userId, error);
    }
  };
  return {
    list: (options) => told(() => sessions.list(options)),
    search: (text, options) => told(() => sessions.search(text, options)),
    get: (id) => told(async () => sessions.get(parseSessionId(id))),
    read: (id) => toldEach(userId, () => sessions.read(parseSessionId(id))),
    export: (id, options) => toldEach(userId, () => sessions.export(parseSessionId(id), options)),
    rename: (id, title, options) => told(async () => sessions.rename(parseSessionId(id), title, options)),
    label: (id, label, options) => told(async () => sessions.label(parseSessionId(id), label, options)),
    fork: (id, options) => told(async () => sessions.fork(parseSessionId(id), options)),
    delete: (id) => told(async () => sessions.delete(parseSessionId(id))),
    reindex: () => told(() => sessions.reindex()),
  };
}

async function* toldEach<T>(userId: string, read: () => AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* read();
  } catch (error) {
    throw sessionFailure(userId, error);
  }
}
