/**
 * Names of the variables that are read from the environment of this process while something runs. All of
 * the environment read at once counts as `*`.
 */
export async function readsOfEnvironment(during: () => Promise<unknown>): Promise<string[]> {
  const real = process.env;
  const names = new Set<string>();
  const note = (name: string | symbol) => void names.add(String(name));
  process.env = new Proxy(real, {
    get: (env, name) => {
      note(name);
      return Reflect.get(env, name);
    },
    has: (env, name) => {
      note(name);
      return Reflect.has(env, name);
    },
    ownKeys: (env) => {
      note("*");
      return Reflect.ownKeys(env);
    },
  });
  try {
    await during();
  } finally {
    process.env = real;
  }
  return [...names].sort();
}
