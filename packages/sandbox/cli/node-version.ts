/** As in the package's `engines`, which npx does not enforce. */
const oldest = [22, 19] as const;

/** What to do about a Node.js that is too old for the library; undefined where it is not. */
export function nodeLack(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return undefined;
  return `needs Node.js ${oldest.join(".")} or later, and this is ${version}: install a newer one (https://nodejs.org)`;
}
