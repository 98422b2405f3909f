/** `$0` stands for how the command is called: by itself, or as a part of another. */
export const overview = `usage: $0 exec [options] [--] program [argument]…
       $0 shell [options]
       $0 doctor [options]

  exec    runs a program in a new sandbox, on the directories that you name
  shell   the same for an interactive shell, in this terminal
  doctor  tells what this machine offers to sandboxes, each lack with its fix

  $0 exec --help tells more, and so does --help of the others.
`;

const sandboxOptions = `  What it sees
    --rw DIR[:TARGET]   a directory or file that it may change
    --ro DIR[:TARGET]   one that it may read. Both may be given more than once. Without TARGET the
                        first directory is /workspace, and others are /mnt/ and their name
    --rootfs DIR        a Linux root of your own instead of this machine's system
    --writable-system   its system can be changed, in memory, until it ends
    --network none      none is the default and the only value so far: its own loopback and no more

  What it may use
    --memory MB         all its memory together, 512 by default; 512m and 2g are understood too
    --pids N            processes and threads, 128 by default
    --cpus N            processors, such as 1.5
    --disk MB           what it may add to what it may change
    --timeout TIME      ends it then: 30s, 500ms, 5m, 1h, or seconds
    --seccomp PROFILE   default, or strict: no new processes and no sockets
    --best-effort       go on where no cgroup can hold these limits, and say which are not held

  How it begins
    --env NAME=VALUE    a variable; --env NAME passes one of yours on, where it is set. Nothing else
                        of your environment gets in
    --cwd DIR           where it begins; /workspace by default, where there is one
    --hostname NAME     the machine's name inside

  How it is told
    --json FILE         adds what happens to FILE, one JSON object a line: commands, refusals, limits.
                        /dev/stderr and /dev/fd/3 are files too
    --help              prints this
`;

export const execUsage = `usage: $0 exec [options] [--] program [argument]…

  Runs a program in a new sandbox and passes its input, output and exit code through. It sees this
  machine's system, read-only, and nothing of yours but what you name; it has no network. Node.js is
  found inside wherever it is installed. Options end at the program or at "--".

${sandboxOptions}
  Examples
    $0 exec --rw . -- npm test
    $0 exec --ro . --timeout 30s -- python3 main.py
    $0 exec -- sh -c 'sort | uniq -c' < words.txt | head
    $0 exec --rw . --env CI=1 --memory 2g --json run.jsonl -- make

  The exit code is the program's; 128 and the signal's number where a signal ended it, 124 where its
  time was over. 127: there is no such program inside. 126: it cannot be run. 125: wrong options, or no
  sandbox could be made. Where the program fails, what was refused to it is told on standard error.
  Signals (INT, TERM, HUP, QUIT) are passed on. Where input and output are a terminal, the program
  gets one of its own, and "~." at the beginning of a line ends it.
`;

export const shellUsage = `usage: $0 shell [options]

  Opens a shell in a new sandbox, in this terminal, with job control and full-screen programs.
  It is the sandbox's bash, or sh. All of it ends with the shell, or by "~." at the beginning of a
  line, as with ssh.

${sandboxOptions}
  Examples
    $0 shell --rw .
    $0 shell --rootfs ./debian --writable-system --memory 2g

  The exit code is the shell's; 255 after "~.", 124 where its time was over. 125: wrong options, no
  terminal, or no sandbox could be made.
`;

export const doctorUsage = `usage: $0 doctor [--json] [--attack [--as USER] [--only ID]…]

  Tells what this machine offers to sandboxes, layer by layer, each lack with its fix,
  and makes a sandbox to prove it.

  --attack  then attack sandboxes here in every way that the corpus knows, each attack
            with a control that must succeed; as root also as an ordinary user
  --as USER only as "root" or as "user", an ordinary one
  --only ID run only this attack; may be given more than once
  --json    print one JSON document: { ready, …, layers, probes, escaped, total }
  --help    print this

  Exit code 0: a sandbox runs here, and nothing got out of it. 1: none does, or something
  did, or a control failed. 2: wrong arguments.
`;
