import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ErrorCode, InternalError, virtError } from "@tsvirt/base";
import fc from "fast-check";
import { DaemonLog, type LogSources } from "./daemon-log.ts";
import type { LogMachine } from "./destinations.ts";
import { formatFilters, globFinds, parseFilters } from "./filters.ts";
import { formatLine } from "./line.ts";
import { formatOutputs, parseOutputs } from "./outputs.ts";

class FakeMachine implements LogMachine {
  readonly pid = 42;
  err = "";
  readonly datagrams: { path: string; text: string }[] = [];
  stderr(text: string): void {
    this.err += text;
  }
  sendDatagram(path: string, bytes: Uint8Array): boolean {
    this.datagrams.push({ path, text: new TextDecoder().decode(bytes) });
    return true;
  }
}

const sources: LogSources = { env: {}, verbose: false, fallback: { kind: "stderr", target: "" } };
const messages = (text: string): string[] => text.split("\n").flatMap((line) => line.split(" : ")[2] ?? []);

test("filters: libvirt's syntax, errors and output", () => {
  assert.equal(formatFilters(parseFilters("1:qemu  3:+foo 2:*bar*")), "1:*qemu* 3:*foo* 2:*bar* ");
  assert.throws(() => parseFilters("9:foo"), { message: "invalid argument: Invalid priority '9' for filter '9:foo'" });
  assert.throws(() => parseFilters("2"), { message: "invalid argument: Malformed format for filter '2'" });
});

test("outputs: libvirt's syntax, errors and output", () => {
  const text = "1:file:/var/log/a:b.log 3:stderr 4:syslog:tsvirtd 2:journald";
  assert.equal(formatOutputs(parseOutputs(text)), text);
  for (const [bad, message] of [
    ["x:stderr", "Invalid log priority 'x' for log output 'x:stderr'"],
    ["1:foo", "Invalid log destination 'foo' for log output '1:foo'"],
    ["1:toString", "Invalid log destination 'toString' for log output '1:toString'"],
    ["1:file", "Log output '1:file' does not meet the format requirements for destination type 'file'"],
    ["1:stderr:x", "Log output '1:stderr:x' does not meet the format requirements for destination type 'stderr'"],
  ] as const) {
    assert.throws(() => parseOutputs(bad), { message: `invalid argument: ${message}` });
  }
});

test("a glob matches as the equivalent regular expression does", () => {
  const part = fc.constantFrom("a", "b", "*", "?", ".");
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 8 }),
      fc.array(fc.constantFrom("a", "b", "."), { maxLength: 12 }),
      (g, t) => {
        const glob = g.join("");
        const regex = new RegExp(glob.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", "."), "s");
        assert.equal(globFinds(glob, t.join("")), regex.test(t.join("")), `${glob} ${t.join("")}`);
      },
    ),
  );
});

test("a record is one line whatever is in it, and secrets stay out", () => {
  const line = formatLine(
    {
      level: "warn",
      source: "qemu.guest",
      message: "odd\nname\u202e",
      fields: {
        domain: "a b\u001b[31m",
        id: 7n,
        password: "hunter2",
        deep: { secretValue: "hunter2", n: 1n },
        none: undefined,
        error: virtError(ErrorCode.noDomain, "x", { cause: virtError(ErrorCode.systemError, "y") }),
      },
      time: Date.UTC(2026, 10, 24, 15, 26, 18, 851),
    },
    42,
  );
  assert.equal(
    line,
    "2026-11-24 15:26:18.851+0000: 42: warning : qemu.guest : odd\\u000aname\\u202e " +
      'domain="a b\\u001b[31m" id=7 password=(hidden) deep="{\\"secretValue\\":\\"(hidden)\\",\\"n\\":\\"1\\"}" ' +
      'error="Domain not found: x (because: y)"',
  );
  const own = {
    level: "error",
    source: "d",
    message: "m",
    fields: { error: new InternalError("why") },
    time: 0,
  } as const;
  assert.match(formatLine(own, 1), /error="InternalError: why\\u000a {4}at /);
});

test("the first filter that matches decides, the default level otherwise", async () => {
  const machine = new FakeMachine();
  await using log = await DaemonLog.open({ ...sources, filters: "1:qemu.mon 4:qemu", outputs: "1:stderr" }, machine);
  log.logger.info("hidden");
  log.logger.warn("default");
  const qemu = log.logger.child("qemu");
  qemu.warn("hidden");
  qemu.error("loud");
  qemu.child("monitor").debug("detail");
  assert.deepEqual(messages(machine.err), ["default", "loud", "detail"]);
  log.setFilters("");
  qemu.warn("now");
  assert.deepEqual(messages(machine.err).at(-1), "now");
});

test("command line over environment over configuration", async () => {
  const machine = new FakeMachine();
  const env = { LIBVIRT_LOG_FILTERS: "2:daemon", LIBVIRT_LOG_OUTPUTS: "2:stderr", LIBVIRT_DEBUG: "error" };
  await using log = await DaemonLog.open({ ...sources, level: "debug", filters: "4:daemon", env }, machine);
  assert.deepEqual(
    [log.filters, log.outputs],
    [
      { text: "2:*daemon* ", count: 1 },
      { text: "2:stderr", count: 1 },
    ],
  );
  log.logger.info("seen");
  assert.deepEqual(messages(machine.err), ["seen"]);
  await using verbose = await DaemonLog.open({ ...sources, verbose: true }, machine);
  assert.equal(verbose.outputs.text, "2:stderr");
});

test("settings that cannot be read are named in the log, which goes to standard error", async () => {
  const machine = new FakeMachine();
  await using log = await DaemonLog.open({ ...sources, filters: "7:x", outputs: "1:file:/nonexistent/dir/x" }, machine);
  assert.match(machine.err, /Invalid priority '7'[\s\S]*ENOENT/);
  assert.equal(log.outputs.text, "3:stderr");
});

test("outputs change as a whole or not at all; files are private and hold every line", async () => {
  const dir = await mkdtemp(join(tmpdir(), "tsvirt-log-"));
  try {
    const file = join(dir, "x.log");
    const machine = new FakeMachine();
    const log = await DaemonLog.open({ ...sources, outputs: `1:file:${file}`, level: "debug" }, machine);
    await assert.rejects(log.setOutputs(`1:file:${file} 1:file:${dir}/no/where`), { code: "ENOENT" });
    assert.equal(log.outputs.text, `1:file:${file}`);
    for (let i = 0; i < 1000; i++) log.logger.debug(`line ${i}`);
    await log.setOutputs("");
    assert.equal(log.outputs.text, "1:stderr");
    await log[Symbol.asyncDispose]();
    assert.deepEqual(
      messages(await readFile(file, "utf8")),
      Array.from({ length: 1000 }, (_, i) => `line ${i}`),
    );
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test("journald and syslog get what their protocols ask for", async () => {
  const machine = new FakeMachine();
  await using log = await DaemonLog.open({ ...sources, outputs: "1:journald 4:syslog:ident" }, machine);
  log.logger.error("bad", { n: 1 });
  assert.deepEqual(machine.datagrams, [
    {
      path: "/run/systemd/journal/socket",
      text: "MESSAGE=bad n=1\nPRIORITY=3\nLIBVIRT_SOURCE=daemon\nSYSLOG_IDENTIFIER=tsvirtd\nSYSLOG_PID=42\n",
    },
    { path: "/dev/log", text: "<27>ident[42]: daemon: bad n=1" },
  ]);
});
