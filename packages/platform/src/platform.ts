import { createSessionStore, filesDriver } from "@cloison/sessions";
import { ApprovalBoard } from "./approvals/approval-board.ts";
import { type BrokerParts, createBroker } from "./broker/broker.ts";
import { findModelTarget } from "./broker/model-choice.ts";
import { createSpendLedgers } from "./budget/spend-ledgers.ts";
import type { Hooks } from "./hooks/hook-registry.ts";
import { createHookShelf } from "./hooks/hook-shelf.ts";
import { parseUserId } from "./ids.ts";
import {
  type PlatformOptions,
  type PlatformSetup,
  parsePlatformOptions,
} from "./options/platform-options.ts";
import { parseWorkspaceConfig, type WorkspaceConfig } from "./options/workspace-options.ts";
import { LivingRuns } from "./run/living-runs.ts";
import { prepareStateDirectory } from "./state/state-directory.ts";
import { createWorkspaceStore } from "./state/workspace-store.ts";
import { createSubagentRegistries } from "./subagents/registry.ts";
import { createWorkspace, type Workspace } from "./workspace.ts";

/** All workspaces of one state directory. */
export interface Platform {
  /** @throws InvalidIdError, InvalidOptionError, WorkspaceExistsError, StateDirectoryError */
  createWorkspace(userId: string, config?: WorkspaceConfig): Promise<Workspace>;
  /** @throws InvalidIdError, WorkspaceNotFoundError, WorkspaceCorruptError */
  getWorkspace(userId: string): Promise<Workspace>;
  /** User ids in code point order. */
  listWorkspaces(): Promise<string[]>;
  /** @throws InvalidIdError */
  workspaceExists(userId: string): Promise<boolean>;
  /**
   * Removes a workspace with its files and sessions for good.
   *
   * @throws InvalidIdError, WorkspaceNotFoundError, WorkspaceBusyError while a run goes on in it
   */
  deleteWorkspace(userId: string): Promise<void>;
  /** Functions of the application that take part in every run of every workspace, before the workspace's own. */
  readonly hooks: Hooks;
}

/**
 * Opens a state directory. Several processes of one machine may do so at the same time.
 *
 * @throws InvalidOptionError, StateDirectoryError
 */
export function createPlatform(options: PlatformOptions): Platform {
  const { stateDir, ...setup } = parsePlatformOptions(options);
  return openPlatform(stateDir, setup);
}

/** The same for options that are checked already. */
export function openPlatform(stateDir: string, setup: PlatformSetup, parts: BrokerParts = {}): Platform {
  const store = createWorkspaceStore(prepareStateDirectory(stateDir));
  const broker = createBroker(setup, parts);
  const ledgers = createSpendLedgers();
  const hooks = createHookShelf();
  const approvals = new ApprovalBoard();
  const registries = createSubagentRegistries();
  const living = new LivingRuns();
  /** Whoever opens a workspace is about to run something in it. */
  const warm = (config: WorkspaceConfig): void => {
    const target = findModelTarget([config, setup.choice]);
    if (target !== undefined) broker.warm(target);
  };
  const open = (userId: string, config: WorkspaceConfig): Workspace =>
    createWorkspace({
      userId,
      approvals,
      hooks: hooks.source(userId),
      ownHooks: hooks.workspace(userId),
      config,
      broker,
      living,
      paths: store.paths(userId),
      sessions: createSessionStore({
        store: filesDriver({ dir: store.paths(userId).sessions, mustExist: true }),
      }),
      subagents: () => registries.of(userId),
      defaultSubagents: setup.subagents,
      ledger: ledgers(store.paths(userId).spend),
      budget: setup.budget,
      memory: setup.memory,
      defaults: setup.choice,
      sandbox: setup.sandbox,
    });
  return {
    createWorkspace: async (userId, config) => {
      const id = parseUserId(userId);
      const parsed = parseWorkspaceConfig(config);
      warm(parsed);
      await store.create(id, parsed);
      return open(id, parsed);
    },
    getWorkspace: async (userId) => {
      const id = parseUserId(userId);
      const config = await store.read(id);
      warm(config);
      return open(id, config);
    },
    listWorkspaces: () => store.list(),
    workspaceExists: async (userId) => store.exists(parseUserId(userId)),
    deleteWorkspace: async (userId) => {
      const id = parseUserId(userId);
      await store.remove(id);
      registries.forget(id);
      hooks.forget(id);
    },
    hooks: hooks.platform,
  };
}
