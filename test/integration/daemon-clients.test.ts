// tsvirtd and clients that misbehave: silent, slow, greedy, hostile.
import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { Daemon, withSandbox } from "../support/daemon.ts";
import { attack } from "../support/hostile.ts";
import { type Sandbox, sandboxObstacle } from "../support/sandbox.ts";
import { until } from "../support/until.ts";

const skip = sandboxObstacle() ?? false;

const answers = async (sandbox: Sandbox): Promise<void> =>
  assert.equal(await sandbox.output(["virsh", "uri"]), "qemu:///system\n\n");
const descriptors = async (pid: number): Promise<number> => (await readdir(`/proc/${pid}/fd`)).length;
/** Resident memory in KiB. */
const memory = async (pid: number): Promise<number> =>
  Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]);

test("30 silent connections of one user lock nobody out", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    const path = sandbox.outside("/etc/libvirt/libvirtd.conf");
    await writeFile(path, `auth_unix_rw = "polkit"\n${await readFile(path, "utf8")}`);
    await using _daemon = await Daemon.start(sandbox, "tsvirtd");
    const silent = sandbox.session([
      "python3",
      "-c",
      `import os, socket, sys
os.setgid(12345); os.setuid(12345)
held = []
for i in range(30):
    s = socket.socket(socket.AF_UNIX); s.connect("/run/libvirt/libvirt-sock"); held.append(s)
print("held", flush=True)
sys.stdin.read()`,
    ]);
    await until(() => silent.stdout.read() !== null, { what: "30 connections" });
    const info = await sandbox.output(["virt-admin", "srv-clients-info", "libvirtd"]);
    assert.match(info, /nclients_unauth +: 10\n/);
    await answers(sandbox);
    const other = await sandbox.run(
      ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", "virsh", "-c", "qemu:///system", "uri"],
      { env: { HOME: "/tmp", XDG_RUNTIME_DIR: "/tmp", XDG_CACHE_HOME: "/tmp" } },
    );
    assert.match(other.stderr, /authentication unavailable|authentication failed|polkit/, "answered, and refused");
    silent.stdin.end();
    await silent.exited;
  });
});

test("a client that never reads its answers is held up, alone", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    await using daemon = await Daemon.start(sandbox, "tsvirtd");
    await answers(sandbox);
    const before = await memory(daemon.pid);
    const socket = connect(sandbox.outside("/run/libvirt/libvirt-sock"));
    socket.pause();
    const call = Buffer.alloc(28);
    for (const [index, word] of [28, 0x20008086, 1, 66, 0, 1, 0].entries()) call.writeUInt32BE(word, 4 * index);
    const many = Buffer.concat(Array.from({ length: 10_000 }, () => call));
    // Write until the daemon takes no more: it must stop reading.
    let waiting = 0;
    for (let i = 0; i < 100; i++) socket.write(many, () => waiting--) || waiting++;
    await answers(sandbox);
    await answers(sandbox);
    assert.ok((await memory(daemon.pid)) - before < 100 * 1024, "what it does not read is not kept without bound");
    assert.ok(waiting > 0, "its own writes back up");
    socket.destroy();
    await answers(sandbox);
  });
});

test("a client that understands keepalive and does not answer is given up", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    const path = sandbox.outside("/etc/libvirt/libvirtd.conf");
    await writeFile(path, `keepalive_interval = 1\nkeepalive_count = 1\n${await readFile(path, "utf8")}`);
    await using _daemon = await Daemon.start(sandbox, "tsvirtd");
    const said = await sandbox.output([
      "python3",
      "-c",
      `import socket, struct
s = socket.socket(socket.AF_UNIX); s.connect("/run/libvirt/libvirt-sock")
s.sendall(struct.pack(">8I", 32, 0x20008086, 1, 60, 0, 1, 0, 10))
while True:
    head = s.recv(28, socket.MSG_WAITALL)
    if len(head) < 28: break
    length, prog, vers, proc, kind, serial, status = struct.unpack(">7I", head)
    rest = s.recv(length - 28, socket.MSG_WAITALL) if length > 28 else b""
    print(hex(prog), proc, kind, rest.hex())
print("closed")`,
    ]);
    assert.equal(said, "0x20008086 60 1 00000001\n0x6b656570 1 2 \nclosed\n");
  });
});

test("descriptors that nobody wants are closed; too many end the connection", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    await using daemon = await Daemon.start(sandbox, "tsvirtd");
    await answers(sandbox);
    const before = await descriptors(daemon.pid);
    const script = join(sandbox.root, "fds.py");
    await writeFile(
      script,
      `import array, os, socket, struct
def talk(count, follow):
    s = socket.socket(socket.AF_UNIX); s.connect("/run/libvirt/libvirt-sock"); s.settimeout(20)
    s.sendall(struct.pack(">8I", 32, 0x20008086, 1, 66, 4, 1, 0, count))
    fd = os.open("/dev/null", os.O_RDONLY)
    try:
        for i in range(follow):
            s.sendmsg([b"\\0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])
        return len(s.recv(4096))
    except OSError:
        return 0
    finally:
        s.close()
print([talk(3, 3), talk(32, 32), talk(33, 33)])
for i in range(20): talk(5, 5)
s = socket.socket(socket.AF_UNIX); s.connect("/run/libvirt/libvirt-sock")
fd = os.open("/dev/null", os.O_RDONLY)
s.sendmsg([struct.pack(">7I", 28, 0x20008086, 1, 66, 0, 1, 0)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd] * 40))])
s.close()
`,
    );
    const [few, most, tooMany] = JSON.parse(await sandbox.output(["python3", script])) as number[];
    assert.ok((few ?? 0) > 0 && (most ?? 0) > 0, "calls with descriptors are answered");
    assert.equal(tooMany, 0);
    await answers(sandbox);
    await until(async () => (await descriptors(daemon.pid)) <= before, { what: "descriptors to be closed" });
  });
});

test("hostile messages neither end the daemon nor make it grow", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    await using daemon = await Daemon.start(sandbox, "tsvirtd");
    const path = sandbox.outside("/run/libvirt/libvirt-sock");
    await attack(path, 1, 2000);
    await answers(sandbox);
    const before = { memory: await memory(daemon.pid), descriptors: await descriptors(daemon.pid) };
    const report = await attack(path, 2, 4000);
    assert.ok(report.bytesBack > 0);
    assert.ok(daemon.running);
    await answers(sandbox);
    await until(async () => (await descriptors(daemon.pid)) <= before.descriptors, {
      what: "descriptors to be closed",
    });
    assert.ok((await memory(daemon.pid)) - before.memory < 64 * 1024, "64 MiB");
    const log = await readFile(join(sandbox.root, "log/tsvirtd.out"), "utf8");
    assert.doesNotMatch(log, /unexpected error/);
  });
});
