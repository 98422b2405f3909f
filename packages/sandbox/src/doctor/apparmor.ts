const profileName = "cloison-launcher";

/**
 * A path as a profile's attachment takes it: in quotes, with every character that could be a pattern escaped
 * (apparmor.d(5), "Globbing").
 */
function attachment(path: string): string {
  return `"${path.replace(/[\\"*?[\]{}^]/g, "\\$&")}"`;
}

/** As one word of a shell. */
function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Ubuntu 23.10 and later let only programs with a profile of their own be privileged in a user namespace. The
 * profile has no other effect: `unconfined` confines nothing, and names the program.
 *
 * @param launcher the launcher's real path, to which the kernel attaches the profile
 */
export function appArmorFix(launcher: string): string {
  const profile = [
    "abi <abi/4.0>,",
    "include <tunables/global>",
    "",
    `profile ${profileName} ${attachment(launcher)} flags=(unconfined) {`,
    "  userns,",
    "}",
  ];
  const file = `/etc/apparmor.d/${profileName}`;
  return [
    "AppArmor keeps ordinary users' programs from it (kernel.apparmor_restrict_unprivileged_userns = 1).",
    "Install a profile for the launcher, and again when its path changes:",
    `printf '%s\\n' \\`,
    ...profile.map((line) => `  ${shellWord(line)} \\`),
    `  | sudo tee ${file}`,
    `sudo apparmor_parser --replace ${file}`,
  ].join("\n");
}
