/** Work that people give a sandbox, each with what it must print: shell scripts that run in an empty /workspace. */
export interface Workload {
  readonly title: string;
  /** Programs that it needs on the system's own path. */
  readonly programs: readonly string[];
  /** A command that must succeed on the host, for what is no program; and what it stands for. */
  readonly needs?: { readonly what: string; readonly check: readonly [string, ...string[]] };
  readonly script: string;
  /** Where no control group counts memory: more than the default limit, for what each process only sets aside. */
  readonly memoryMbWithoutGroup?: number;
  /** The whole of what it prints. */
  readonly prints: string;
}

const author = "-c user.name=A -c user.email=a@example.org";

export const workloads: readonly Workload[] = [
  {
    title: "git clones a repository, commits to the clone and pushes back",
    programs: ["git"],
    script: `
git init --quiet --initial-branch=main source && cd source && echo one > file && git add file
git ${author} commit --quiet --message=first && cd ..
git clone --quiet source clone && cd clone && echo two >> file
git ${author} commit --quiet --all --message=second && git push --quiet origin HEAD:copy
git log --format=%s && git fsck --strict 2>&1 && git gc --quiet && git -C ../source show copy:file`,
    prints: "second\nfirst\none\ntwo\n",
  },
  {
    title: "npm installs a package from a local tarball and runs its program",
    programs: ["npm", "node", "tar"],
    script: `
mkdir -p made/package app && cd made/package
echo '{ "name": "left", "version": "1.2.3", "main": "main.js", "bin": "bin.js" }' > package.json
echo 'module.exports = 42' > main.js
printf '#!/usr/bin/env node\\nconsole.log("bin", require("."))' > bin.js
cd .. && tar czf ../left.tgz package && cd ../app && echo '{ "name": "app" }' > package.json
npm install --offline --no-audit --no-fund --silent ../left.tgz
node -p 'require("left")' && npx --offline left && npm pkg get dependencies.left`,
    prints: '42\nbin 42\n"file:../left.tgz"\n',
  },
  {
    title: "Python makes a virtual environment and runs from it",
    programs: ["python3"],
    needs: { what: "ensurepip (apt-get install python3-venv)", check: ["python3", "-c", "import ensurepip"] },
    script: `
python3 -m venv environment && . environment/bin/activate
python -c 'import sys; print(sys.prefix, sys.prefix != sys.base_prefix)' && pip --version | cut -d ' ' -f 1,3,4
mkdir -p package/greet && echo 'print("greetings")' > package/greet/__main__.py
cp -r package/greet environment/lib/python3*/site-packages/ && python -m greet`,
    prints: "/workspace/environment True\npip from /workspace/environment/lib/VERSION\ngreetings\n",
  },
  {
    title: "gcc and make build a program with threads, in parallel",
    programs: ["gcc", "make", "ar"],
    script: `
for n in 1 2 3 4; do echo "int f$n(void) { return $n; }" > f$n.c; done
cat > main.c <<'END'
#include <pthread.h>
#include <stdio.h>
int f1(void), f2(void), f3(void), f4(void);
static void *sum(void *into) { *(int *)into = f1() + f2() + f3() + f4(); return NULL; }
int main(void) { pthread_t t; int n; pthread_create(&t, NULL, sum, &n); pthread_join(t, NULL); return !printf("%d\\n", n); }
END
printf 'main: main.o libf.a\\n\\tgcc -pthread -o $@ $^\\nlibf.a: f1.o f2.o f3.o f4.o\\n\\tar rcs $@ $^\\n' > Makefile
make --silent --jobs=4 CFLAGS=-O2 && ./main && make --question main && echo up to date`,
    prints: "10\nup to date\n",
  },
  {
    title: "Node runs worker threads, a child process and shared memory",
    programs: [],
    script: `
cat > threads.mjs <<'END'
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
if (isMainThread) {
  const cells = new Int32Array(new SharedArrayBuffer(16));
  const workers = [0, 1, 2, 3].map((n) => new Worker(new URL(import.meta.url), { workerData: { n, cells } }));
  const squares = await Promise.all(workers.map(async (worker) => (await once(worker, "message"))[0]));
  console.log(squares.join(), cells.join(), String(execFileSync("echo", ["child"])).trim());
} else {
  Atomics.store(workerData.cells, workerData.n, workerData.n + 1);
  parentPort.postMessage(workerData.n ** 2);
}
END
/opt/node threads.mjs`,
    memoryMbWithoutGroup: 6 * 512, // a range of addresses for the code of each thread
    prints: "0,1,4,9 1,2,3,4 child\n",
  },
  {
    title: "Node keeps an SQLite database",
    programs: [],
    script: `
cat > database.mjs <<'END'
import { DatabaseSync } from "node:sqlite";
const database = new DatabaseSync("it.db");
database.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (n); INSERT INTO t VALUES (7), (8)");
const other = new DatabaseSync("it.db");
console.log(other.prepare("SELECT sum(n) AS n FROM t").get().n, other.prepare("PRAGMA integrity_check").get().integrity_check);
END
/opt/node --no-warnings database.mjs && head -c 15 it.db`,
    prints: "15 ok\nSQLite format 3",
  },
  {
    title: "Python keeps an SQLite database, with processes, threads and sockets beside",
    programs: ["python3"],
    needs: { what: "sqlite3 of Python", check: ["python3", "-c", "import sqlite3"] },
    script: `
cat > work.py <<'END'
import multiprocessing, socket, sqlite3, subprocess, threading
def square(n): return n * n
def serve(server):
    with server.accept()[0] as peer: peer.sendall(b"over loopback")
if __name__ == "__main__":
    base = sqlite3.connect("it.db")
    base.execute("PRAGMA journal_mode = WAL"); base.execute("CREATE TABLE t (n)")
    with multiprocessing.Pool(2) as pool: base.executemany("INSERT INTO t VALUES (?)", [(n,) for n in pool.map(square, range(5))])
    base.commit(); print(sqlite3.connect("it.db").execute("SELECT sum(n) FROM t").fetchone()[0])
    server = socket.create_server(("127.0.0.1", 0)); threading.Thread(target=serve, args=(server,)).start()
    print(socket.create_connection(server.getsockname()).recv(100).decode(), subprocess.check_output(["echo", "child"]).decode().strip())
END
python3 work.py`,
    prints: "30\nover loopback child\n",
  },
  {
    title: "tar and xz pack a tree and unpack it alike",
    programs: ["tar", "xz", "cmp"],
    script: `
mkdir -p tree/below && seq 1 100000 > tree/numbers && ln -s ../numbers tree/below/link && chmod 750 tree/below
tar cJf tree.tar.xz tree && mkdir out && tar xJf tree.tar.xz -C out && diff -r tree out/tree
cmp tree/numbers out/tree/below/link && stat -c '%a %U' out/tree/below && xz --test tree.tar.xz && echo same`,
    prints: "750 agent\nsame\n",
  },
  {
    title: "a shell script has pipes, substitutions, named pipes, jobs and traps",
    programs: ["bash", "awk", "sed", "xargs", "find", "mkfifo"],
    script: `
seq 1 1000 | sort --numeric-sort --reverse | awk '{ sum += $1 } END { print sum }' | tee sum | sed 's/^/sum /'
paste -d ' ' <(cat sum) <(echo substituted)
mkfifo pipe; (echo through the pipe > pipe &); cat pipe
coproc cat; echo round >&"\${COPROC[1]}"; read -r line <&"\${COPROC[0]}"; echo "$line"
printf '%s\\n' a b c | xargs --max-procs=3 --max-args=1 echo | sort | tr '\\n' ' '; find . -type p
sleep 100 & kill $!; wait $! || echo $?; timeout 0.1 sleep 100 || echo $?
trap 'echo trapped' EXIT`,
    prints: "sum 500500\n500500 substituted\nthrough the pipe\nround\na b c ./pipe\n143\n124\ntrapped\n",
  },
  {
    title: "Perl forks, waits and opens a pipe",
    programs: ["perl"],
    script: `
perl -MPOSIX -e '
  print strftime("%Y\\n", gmtime(0)); my $child = fork; exit 3 unless $child; waitpid $child, 0; print $? >> 8, "\\n";
  open(my $sorted, "-|", "printf \\"b\\\\na\\\\n\\" | sort"); print <$sorted>;'`,
    prints: "1970\n3\na\nb\n",
  },
];

/** A project whose tests Node's own runner runs, started by pnpm at /opt/pnpm. */
export const pnpmTest: Pick<Workload, "script" | "prints"> = {
  script: `
mkdir -p ~/bin test && ln -s /opt/node ~/bin/node && export PATH="$HOME/bin:$PATH"
echo '{ "name": "small", "private": true, "scripts": { "test": "node --test --test-reporter=tap" } }' > package.json
echo 'import { test } from "node:test"; import { equal } from "node:assert"; test("adds", () => equal(1 + 1, 2));' > test/a.test.mjs
echo 'import { test } from "node:test"; test("waits", () => new Promise(setImmediate));' > test/b.test.mjs
/opt/pnpm install --offline --silent && /opt/pnpm --silent test | grep -E '^# (tests|pass|fail) '`,
  prints: "# tests 2\n# pass 2\n# fail 0\n",
};
