// Writes one message after the other into a session, and says of each that it is stored. Nothing ends it but a kill.
import { createSessionStore } from "@cloison/sessions";

const [dir, id] = process.argv.slice(2);
const session = await createSessionStore({ dir }).open(id);
for (let number = 1; ; number += 1) {
  await session.appendMessages([{ role: "user", content: `message ${number}`, timestamp: Date.now() }]);
  console.log(number);
}
