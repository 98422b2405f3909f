/** Opens the sessions of a directory in a process of its own and lists them, and prints how many milliseconds both took. */
const start = performance.now();
const { createSessionStore } = await import("@cloison/sessions");
const store = createSessionStore({ dir: String(process.argv[2]) });
await store.get("none");
const open = performance.now();
await store.list();
console.log(JSON.stringify({ open: open - start, list: performance.now() - open }));
