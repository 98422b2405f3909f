/** Texts and how many tokens they are to OpenAI's tokenizers, as counted by them. */
export const samples: readonly { name: string; text: string; o200k: number; cl100k: number }[] = [
  {
    name: "English",
    text: "A sandbox is made for every run and taken down when it ends. What the agent writes stays in the workspace's files; nothing else of the host can be seen from inside, and the model is called from outside, so that no key is ever within reach of the code that it wrote.",
    o200k: 59,
    cl100k: 59,
  },
  {
    name: "German",
    text: "Für jeden Lauf wird eine eigene Umgebung angelegt und am Ende wieder abgebaut. Was der Agent schreibt, bleibt in den Dateien des Arbeitsbereichs; vom Rechner selbst ist von innen nichts zu sehen, und Schlüssel gibt es dort keine.",
    o200k: 47,
    cl100k: 59,
  },
  {
    name: "Russian",
    text: "Для каждого запуска создаётся отдельная среда, которая удаляется после завершения работы. Всё, что записывает агент, остаётся в файлах рабочей области; остальная часть компьютера изнутри не видна.",
    o200k: 46,
    cl100k: 82,
  },
  {
    name: "Chinese",
    text: "每次运行都会创建一个独立的沙箱，运行结束后立即销毁。代理写入的内容保存在工作区的文件中，主机的其他部分在沙箱内不可见。模型由主机调用，因此密钥永远不会出现在代理所编写的代码可以访问到的地方。",
    o200k: 69,
    cl100k: 95,
  },
  {
    name: "Japanese",
    text: "実行のたびに専用のサンドボックスが作成され、終了すると破棄されます。エージェントが書き込んだ内容はワークスペースのファイルに残りますが、ホストのほかの部分は内側からは見えません。",
    o200k: 66,
    cl100k: 92,
  },
  {
    name: "Korean",
    text: "실행할 때마다 별도의 샌드박스가 만들어지고 끝나면 바로 제거됩니다. 에이전트가 작성한 내용은 작업 공간의 파일에 남지만 호스트의 다른 부분은 안에서 보이지 않습니다.",
    o200k: 50,
    cl100k: 76,
  },
  {
    name: "TypeScript",
    text: 'export async function readLines(path: string, { limit = 100 }: ReadOptions = {}): Promise<string[]> {\n  const handle = await open(path, "r");\n  try {\n    const lines: string[] = [];\n    for await (const line of handle.readLines()) {\n      if (lines.push(line) >= limit) break;\n    }\n    return lines;\n  } finally {\n    await handle.close();\n  }\n}\n',
    o200k: 88,
    cl100k: 88,
  },
  {
    name: "C",
    text: 'static int write_all(int fd, const char *data, size_t size)\n{\n\twhile (size > 0) {\n\t\tssize_t n = write(fd, data, size);\n\t\tif (n < 0) {\n\t\t\tif (errno == EINTR)\n\t\t\t\tcontinue;\n\t\t\treturn fail("write", "%s", strerror(errno));\n\t\t}\n\t\tdata += n;\n\t\tsize -= (size_t)n;\n\t}\n\treturn 0;\n}\n',
    o200k: 93,
    cl100k: 93,
  },
  {
    name: "JSON",
    text: '{"error":{"type":"rate_limit_error","message":"This request would exceed your rate limit of 40,000 input tokens per minute","details":{"limit":40000,"remaining":0,"resets_at":"2026-03-01T12:00:37Z"}},"request_id":"req_011CSHoEeqs5C35K2UUqR7Fy"}',
    o200k: 80,
    cl100k: 81,
  },
  {
    name: "log lines",
    text: "2026-02-03 09:41:07 status installed libc6:amd64 2.36-9+deb12u10\n2026-02-03 09:41:07 trigproc man-db:amd64 2.11.2-2 <none>\n-rw-r--r-- 1 root root  104726 Jan 12 22:31 changelog.Debian.gz\n-rw-r--r-- 1 root root    2208 Jan 12 22:31 copyright\n",
    o200k: 112,
    cl100k: 112,
  },
  {
    name: "hex",
    text: "9c1185a5c5e9fc54612808977ee8f548b2258d31a3f1c4b0d9e7724e0f6cbb81d3e0aa47c9f2567788e1b04d5c36f9a2e4d7b8013c6f5a9e2b7d4c8f1a0e3b6d",
    o200k: 98,
    cl100k: 98,
  },
];
