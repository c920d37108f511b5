import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { deferred } from "@tsvirt/base";
import { openHost } from "../open-host.ts";
import { launchChain, privilegeOptions } from "./launch.ts";

const tools = { setpriv: "/bin/setpriv", flock: "/bin/flock", prlimit: "/bin/prlimit" };
const root = process.geteuid?.() === 0;
const host = openHost();

async function directory(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "tsvirt-launch-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

test("a launch with nothing to give up is the program itself", () => {
  assert.deepEqual(launchChain({ argv: ["/bin/x", "-y"], env: {} }, tools), ["/bin/x", "-y"]);
});

test("a placed guest waits for its lock, dies with us until then, and outlives us after", () => {
  const chain = launchChain(
    {
      argv: ["/bin/qemu", "-S"],
      env: {},
      lockFile: "/run/vm.lock",
      place: async () => undefined,
      credentials: { uid: 5, gid: 6, groups: [6, 7] },
      capabilities: ["sys_nice"],
      noNewPrivileges: true,
    },
    tools,
  );
  assert.deepEqual(chain, [
    "/bin/setpriv",
    "--pdeathsig=KILL",
    "/bin/flock",
    "--no-fork",
    "--shared",
    "/run/vm.lock",
    "/bin/setpriv",
    "--pdeathsig=clear",
    "--reuid=5",
    "--regid=6",
    "--groups=6,7",
    "--bounding-set=-all,+sys_nice",
    "--inh-caps=-all,+sys_nice",
    "--ambient-caps=-all",
    "--no-new-privs",
    "/bin/qemu",
    "-S",
  ]);
});

test("a user without further groups keeps none", () => {
  assert.deepEqual(privilegeOptions({ credentials: { uid: 1, gid: 1, groups: [] } }), [
    "--reuid=1",
    "--regid=1",
    "--clear-groups",
  ]);
});

test("a child has exactly the descriptors, environment and directory it was given", async () => {
  await using dir = await directory();
  const out = await host.files.open(join(dir.path, "out"), { access: "write", create: 0o600 });
  const extra = host.sockets.pair();
  const child = await host.processes.launch({
    argv: ["/bin/sh", "-c", "ls /proc/$$/fd; tr '\\0' '\\n' </proc/$$/environ; pwd"],
    env: { ONLY: "this" },
    cwd: "/usr",
    fds: new Map([
      [1, out],
      [7, extra.theirs],
    ]),
  });
  assert.deepEqual(await child.ended, { code: 0, signal: undefined });
  out.close();
  extra.theirs.close();
  extra.ours.close();
  assert.equal(await readFile(join(dir.path, "out"), "utf8"), "0\n1\n2\n7\nONLY=this\n/usr\n");
});

test("a child number that is another one's source is no trouble", async () => {
  const [a, b] = [host.sockets.pair(), host.sockets.pair()];
  // Each of the two takes the number that the other has with us.
  const child = await host.processes.launch({
    argv: ["/bin/bash", "-c", `echo A >&${b.theirs.fd}; echo B >&${a.theirs.fd}`],
    env: {},
    fds: new Map([
      [b.theirs.fd, a.theirs],
      [a.theirs.fd, b.theirs],
    ]),
  });
  await child.ended;
  for (const each of [a, b]) each.theirs.close();
  for (const [pair, wanted] of [
    [a, "A\n"],
    [b, "B\n"],
  ] as const) {
    const got = deferred<string>();
    pair.ours.start({
      data: (bytes) => got.resolve(Buffer.from(bytes).toString()),
      closed: () => got.reject(new RangeError("closed")),
    });
    assert.equal(await got.promise, wanted);
    pair.ours.close();
  }
});

test("the program does not run before it is placed, nor when placing fails", async () => {
  await using dir = await directory();
  const mark = join(dir.path, "ran");
  const spec = {
    argv: ["/bin/touch", mark] as const,
    env: {},
    lockFile: join(dir.path, "lock"),
  };
  const child = await host.processes.launch({
    ...spec,
    place: async ({ pid, startTime }) => {
      assert.equal(host.processes.inspect(pid)?.startTime, startTime);
      assert.deepEqual(await readdir(dir.path), ["lock"]);
    },
  });
  assert.equal((await child.ended).code, 0);
  assert.deepEqual((await readdir(dir.path)).sort(), ["lock", "ran"]);
  await rm(mark);
  const refusal = host.processes.launch({ ...spec, place: () => Promise.reject(new RangeError("no room")) });
  await assert.rejects(refusal, /no room/);
  assert.deepEqual(await readdir(dir.path), ["lock"]);
});

test("while a placed program lives its lock is held, and a second start is refused", async () => {
  await using dir = await directory();
  const spec = { argv: ["/bin/cat"] as const, env: {}, lockFile: join(dir.path, "lock"), place: async () => undefined };
  const input = host.sockets.pair();
  const ready = host.sockets.pair();
  const first = await host.processes.launch({
    ...spec,
    fds: new Map([
      [0, input.theirs],
      [1, ready.theirs],
    ]),
  });
  input.theirs.close();
  // It has reached the program, and so holds the lock, when it echoes.
  const echoed = deferred<void>();
  ready.ours.start({ data: () => echoed.resolve(), closed: () => undefined });
  input.ours.write(Buffer.from("x"));
  await echoed.promise;
  await assert.rejects(host.processes.launch(spec), /another process holds/);
  input.ours.close();
  assert.equal((await first.ended).code, 0);
  ready.theirs.close();
  ready.ours.close();
});

test("what cannot be executed is an error with the system's reason", async () => {
  await assert.rejects(host.processes.launch({ argv: ["/nonexistent/program"], env: {} }), {
    name: "SystemError",
    message: "Unable to start '/nonexistent/program': No such file or directory",
  });
});

test("a child as another user has its groups only, no capability, and cannot gain any", {
  skip: !root && "needs root",
}, async () => {
  const result = await host.processes.run({
    argv: ["grep", "-E", "^(Uid|Groups|Cap|NoNewPrivs)", "/proc/self/status"],
    credentials: { uid: 65534, gid: 65534, groups: [65534] },
  });
  assert.match(result.stdout, /Uid:\t65534\t65534\t65534\t65534\n/);
  assert.match(result.stdout, /Groups:\t65534 \n/);
  assert.match(result.stdout, /CapEff:\t0000000000000000\n/);
});

test("the end of a process that is not our child is seen, and only that very process is signalled", async () => {
  // The shell's child is reparented when the shell ends.
  const started = await host.processes.run({ argv: ["sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!"] });
  const pid = Number(started.stdout);
  const facts = host.processes.inspect(pid);
  assert.ok(facts);
  assert.equal(host.processes.attach({ pid, startTime: facts.startTime + 1n }), undefined, "another start time");
  const ref = host.processes.attach(facts);
  assert.ok(ref?.alive);
  assert.equal(ref.signal(9), true);
  assert.equal(await ref.ended, undefined);
  assert.equal(ref.signal(9), false);
});
