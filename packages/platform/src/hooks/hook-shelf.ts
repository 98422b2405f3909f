import { HookRegistry, type HookSource, type Hooks } from "./hook-registry.ts";

/** The hooks of a platform, and those of its workspaces. */
export interface HookShelf {
  readonly platform: Hooks;
  /** Of one user's workspace, whichever object it was opened as. */
  workspace(userId: string): Hooks;
  /** The platform's handlers, then the workspace's. */
  source(userId: string): HookSource;
  /** Forgets those of a workspace that is deleted. */
  forget(userId: string): void;
}

/** A workspace's handlers are kept by its user: every object of it is guarded, not only the one that was asked. */
export function createHookShelf(): HookShelf {
  const platform = new HookRegistry();
  const workspaces = new Map<string, HookRegistry>();
  return {
    platform,
    workspace: (userId) => ({
      register: (name, handler, options) => {
        const registry = workspaces.get(userId) ?? new HookRegistry();
        const remove = registry.register(name, handler, options);
        workspaces.set(userId, registry);
        return () => {
          remove();
          // Thousands of workspaces come and go in one process.
          if (registry.isEmpty && workspaces.get(userId) === registry) workspaces.delete(userId);
        };
      },
    }),
    source: (userId) => ({
      of: (name) => [...platform.of(name), ...(workspaces.get(userId)?.of(name) ?? [])],
    }),
    forget: (userId) => void workspaces.delete(userId),
  };
}
