import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FileError, type Files } from "#sandbox";
import { blockBytes, encodeMember, padding } from "#sandbox/tar";
import { type Probe, type ProbeContext, refused, succeeded, type Trial } from "../probe.ts";

const area = "files";
const secret = "of the host alone\n";

/** An entry of a hostile archive: a file with this text, or a link. */
interface Entry {
  readonly path: string;
  readonly text?: string;
  readonly link?: string;
}

let trees = 0;

/** What is mounted lies in `mounted`; beside it a secret, and a directory that nothing may come into. */
function makeTree({ directory }: ProbeContext) {
  const base = join(directory, `api-${trees++}`);
  const [mounted, beside, file] = [join(base, "mounted"), join(base, "beside"), join(base, "secret")];
  for (const path of [base, mounted, beside]) mkdirSync(path);
  writeFileSync(file, secret);
  return { base, mounted, beside, file };
}

type Tree = ReturnType<typeof makeTree>;

function changes({ base, beside, file }: Tree): string[] {
  const expected = ["beside", "mounted", "secret"];
  return [
    ...readdirSync(base).filter((name) => !expected.includes(name)),
    ...readdirSync(beside),
    ...(readFileSync(file, "utf8") === secret ? [] : ["secret"]),
  ];
}

function encode(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ path, text = "", link }) => {
    const type = link === undefined ? "file" : "symlink";
    const size = Buffer.byteLength(text);
    const names = { path: Buffer.from(path), link: Buffer.from(link ?? "") };
    return [
      encodeMember({ ...names, type, size, mode: 0o644, modified: 0 }),
      Buffer.from(text),
      padding(size),
    ];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]);
}

/** What a host does with the files of a sandbox: by the library, or as one would who has only the mount's source. */
interface Deed {
  attack(files: Files, tree: Tree): Promise<unknown>;
  /** The mistake. */
  naive(tree: Tree): unknown;
}

/** Done where something came out or went in that must not. */
async function tryDeed(tree: Tree, deed: () => unknown): Promise<Trial> {
  let detail = "nothing outside was touched";
  try {
    if ((await deed()) === secret) return succeeded("the secret was read");
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    detail = error.code;
  }
  const changed = changes(tree);
  return changed.length === 0 ? refused(detail) : succeeded(`changed outside: ${changed.join(", ")}`);
}

function filesProbe({
  attack,
  naive,
  ...row
}: Deed & Pick<Probe, "id" | "title" | "method" | "source">): Probe {
  return {
    ...row,
    area,
    async attack(context) {
      const tree = makeTree(context);
      const mounts = [{ source: tree.mounted, target: "/workspace", access: "rw" }] as const;
      return context.withSandbox((sandbox) => tryDeed(tree, () => attack(sandbox.files, tree)), { mounts });
    },
    control: (context) => {
      const tree = makeTree(context);
      return tryDeed(tree, () => naive(tree));
    },
  };
}

/** A host that unpacks by joining names. */
function unpackNaively(entries: readonly Entry[], directory: string): void {
  for (const { path, text = "", link } of entries) {
    const target = join(directory, path);
    mkdirSync(dirname(target), { recursive: true });
    if (link === undefined) writeFileSync(target, text);
    else symlinkSync(link, target);
  }
}

interface ArchiveProbe extends Pick<Probe, "id" | "title" | "method" | "source"> {
  entries(tree: Tree): readonly Entry[];
  readonly links?: "any";
}

function archiveProbe({ entries, links = undefined, ...row }: ArchiveProbe): Probe {
  return filesProbe({
    ...row,
    attack(files, tree) {
      async function* source() {
        yield encode(entries(tree));
      }
      return files.upload(source(), "/workspace", links === undefined ? {} : { links });
    },
    naive: (tree) => unpackNaively(entries(tree), tree.mounted),
  });
}

/** Ways by which files that a host takes in or out for a sandbox lead elsewhere. */
export const filesApiProbes: readonly Probe[] = [
  archiveProbe({
    id: "upload-parent",
    title: 'an upload with ".." in it',
    method: 'upload an archive with "../beside/slip" to the workspace',
    source: "CVE-2018-1002200 and the like (zip slip); CVE-2019-14271",
    entries: () => [{ path: "../beside/slip", text: "x" }],
  }),
  archiveProbe({
    id: "upload-tar-slip",
    title: "an archive that makes a link and writes through it",
    method: "upload a symbolic link to a directory of the host's, and a file by a path through the link",
    source: "CVE-2021-32803: tar wrote through links that it had made",
    entries: ({ beside }) => [
      { path: "l", link: beside },
      { path: "l/slip", text: "x" },
    ],
    links: "any",
  }),
  filesProbe({
    id: "upload-through-link",
    title: "an upload through a link that the sandbox has planted",
    method: "write to a path of the workspace in which a directory has become a link to one of the host's",
    source: "CVE-2018-15664: docker cp followed links out of a container",
    attack(files, { mounted, beside }) {
      symlinkSync(beside, join(mounted, "planted"));
      return files.write("/workspace/planted/slip", "x");
    },
    naive({ mounted, beside }) {
      symlinkSync(beside, join(mounted, "planted"));
      writeFileSync(join(mounted, "planted/slip"), "x");
    },
  }),
  filesProbe({
    id: "download-through-link",
    title: "a download through a link that the sandbox has planted",
    method: "read a file of the workspace that is a link to ../secret",
    source: "CVE-2018-15664",
    attack(files, { mounted }) {
      symlinkSync("../secret", join(mounted, "planted"));
      return files.read("/workspace/planted");
    },
    naive({ mounted }) {
      symlinkSync("../secret", join(mounted, "planted"));
      return readFileSync(join(mounted, "planted"), "utf8");
    },
  }),
];
