// tsvirtd as a process: sockets, modes, flags, signals, pid files, activation, logs.
import assert from "node:assert/strict";
import { access, appendFile, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Daemon, withSandbox } from "../support/daemon.ts";
import { argumentsOf } from "../support/processes.ts";
import { accepts, CHECKOUT, killOne, type Sandbox, sandboxObstacle } from "../support/sandbox.ts";
import { until } from "../support/until.ts";

const skip = sandboxObstacle() ?? false;
const program = join(CHECKOUT, "bin/tsvirtd");

/** The sandbox's libvirtd.conf with lines put in front, where the first of a key counts. */
async function configure(sandbox: Sandbox, ...lines: readonly string[]): Promise<void> {
  const path = sandbox.outside("/etc/libvirt/libvirtd.conf");
  await writeFile(path, `${lines.join("\n")}\n${await readFile(path, "utf8")}`);
}

async function modes(sandbox: Sandbox): Promise<Record<string, string>> {
  const directory = sandbox.outside("/run/libvirt");
  const names = (await readdir(directory)).filter((name) => /^(libvirt|virtqemud)-.*sock/.test(name)).sort();
  const found = await Promise.all(
    names.map(async (name) => {
      const { mode, gid } = await stat(join(directory, name));
      return [name, `${(mode & 0o777).toString(8)} ${gid}`] as const;
    }),
  );
  return Object.fromEntries(found);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

test("sockets have libvirtd's names, virtqemud's too, and modes that follow authentication", {
  skip,
}, async (context) => {
  await withSandbox(context, async (sandbox) => {
    // The sockets are made one after the other; a client may connect to the first before the last is there.
    const all = () => until(async () => "libvirt-admin-sock" in (await modes(sandbox)), { what: "the last socket" });
    const closed = await Daemon.start(sandbox, "tsvirtd");
    await all();
    assert.deepEqual(await modes(sandbox), {
      "libvirt-admin-sock": "700 0",
      "libvirt-sock": "700 0",
      "libvirt-sock-ro": "777 0",
      "virtqemud-sock": "700 0",
      "virtqemud-sock-ro": "777 0",
    });
    assert.equal(await closed.stop(), 0);
    assert.deepEqual(await modes(sandbox), {}, "sockets go with the daemon");
    await configure(sandbox, 'auth_unix_rw = "polkit"', 'unix_sock_ro_perms = "0750"', 'unix_sock_group = "daemon"');
    await using _open = await Daemon.start(sandbox, "tsvirtd");
    await all();
    assert.deepEqual(await modes(sandbox), {
      "libvirt-admin-sock": "700 1",
      "libvirt-sock": "777 1",
      "libvirt-sock-ro": "750 1",
      "virtqemud-sock": "777 1",
      "virtqemud-sock-ro": "750 1",
    });
  });
});

for (const [what, lines, status, message] of [
  [
    "a socket open to all without authentication",
    ['unix_sock_rw_perms = "0777"'],
    1,
    /unix_sock_rw_perms lets everybody/,
  ],
  [
    "an access driver that is not there",
    ['access_drivers = [ "polkit" ]'],
    1,
    /access driver 'polkit' is not available/,
  ],
  ["a key of the wrong kind", ['max_clients = "a"'], 1, /libvirtd\.conf:1:1: expected a number/],
  ["a syntax error", ["max_clients = "], 1, /libvirtd\.conf:1:\d+: expecting a value/],
  ["an unknown kind of authentication", ['auth_unix_rw = "magic"'], 1, /expected one of "none", "sasl", "polkit"/],
  ["a group that does not exist", ['unix_sock_group = "nosuch"'], 6, /Failed to parse group 'nosuch'/],
  ["an impossible host UUID", [`host_uuid = "${"a".repeat(32)}"`], 1, /invalid host UUID/],
] as const) {
  test(`does not start with ${what}`, { skip }, async (context) => {
    await withSandbox(context, async (sandbox) => {
      await configure(sandbox, ...lines);
      const result = await sandbox.run([program]);
      assert.equal(result.status, status, result.stderr);
      assert.match(result.stderr, message);
      assert.equal(await exists(sandbox.outside("/run/libvirt/libvirt-sock")), false);
    });
  });
}

test("flags: version, help, mistakes, a configuration file that is not there", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    assert.match((await sandbox.run([program, "--version"])).stdout, /^tsvirtd \(tsvirt\) \d+\.\d+\.\d+\n$/);
    const help = await sandbox.run([program, "--help"]);
    const theirs = await sandbox.run(["/usr/sbin/libvirtd", "--help"]);
    assert.equal(help.status, 0);
    const ours = /^ +--print-sample-config <name> .*\n/m;
    assert.match(help.stderr, ours);
    assert.equal(
      help.stderr.replace(ours, ""),
      theirs.stderr.replace(/^ {2}\S*libvirtd \[options\]/m, "  tsvirtd [options]"),
    );
    const mistake = await sandbox.run([program, "--foo"]);
    assert.equal(mistake.status, 1);
    assert.match(mistake.stderr, /^tsvirtd: unrecognized option '--foo'\n\nUsage:/);
    const missing = await sandbox.run([program, "-f", "/nonexistent.conf"]);
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /Can't load config file: .*\/nonexistent\.conf/);
  });
});

test("of two daemons the second gives up, whichever kind the first is", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    const pidFile = sandbox.outside("/run/libvirtd.pid");
    for (const kind of ["tsvirtd", "libvirtd"] as const) {
      await using first = await Daemon.start(sandbox, kind);
      assert.match(await readFile(pidFile, "utf8"), /^\d+$/);
      const second = await sandbox.run([program]);
      assert.equal(second.status, 1);
      assert.match(second.stderr, /Failed to acquire pid file '\/run\/libvirtd\.pid'.*another daemon is running/);
      assert.equal(await sandbox.output(["virsh", "uri"]), "qemu:///system\n\n");
      assert.equal(await first.stop(), 0);
      assert.equal(await exists(pidFile), false);
    }
    await using _first = await Daemon.start(sandbox, "tsvirtd");
    const other = await sandbox.run([program, "--pid-file", "/run/other.pid"]);
    assert.notEqual(other.status, 0);
    assert.equal(await sandbox.output(["virsh", "uri"]), "qemu:///system\n\n");
  });
});

test("a daemon that was killed leaves nothing that stops the next one", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    const first = await Daemon.start(sandbox, "tsvirtd");
    await first.crash();
    assert.equal(await exists(sandbox.outside("/run/libvirt/libvirt-sock")), true);
    await using _second = await Daemon.start(sandbox, "tsvirtd");
    assert.equal(await sandbox.output(["virsh", "uri"]), "qemu:///system\n\n");
  });
});

test("--daemon returns when clients can connect; --timeout ends a daemon without work", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    await sandbox.output([program, "--daemon", "--timeout", "5"]);
    // While it has a client it stays.
    const client = sandbox.session(["virsh", "event", "--all", "--loop"]);
    const pid = await readFile(sandbox.outside("/run/libvirtd.pid"), "utf8");
    assert.match(pid, /^\d+$/);
    assert.equal(await sandbox.output(["virsh", "uri"]), "qemu:///system\n\n");
    const again = await sandbox.run([program, "-d"]);
    assert.equal(again.status, 1);
    assert.match(again.stderr, /^tsvirtd: error: Unable to obtain pidfile/);
    assert.equal(await exists(sandbox.outside("/run/libvirtd.pid")), true);
    await client.kill();
    await until(async () => !(await exists(sandbox.outside("/run/libvirtd.pid"))), { what: "the idle daemon's end" });
    assert.equal(await accepts(sandbox.outside("/run/libvirt/libvirt-sock")), false);
  });
});

test("signals: only those that end it do, and no debugger opens", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const) {
      const daemon = await Daemon.start(sandbox, "tsvirtd");
      for (const harmless of ["SIGUSR1", "SIGUSR2", "SIGHUP", "SIGPIPE"] as const) killOne(daemon.pid, harmless);
      assert.equal(await sandbox.output(["virsh", "uri"]), "qemu:///system\n\n");
      assert.equal(await sandbox.output(["sh", "-c", "ss -Hltn | wc -l"]), "0\n");
      killOne(daemon.pid, signal);
      assert.equal(await daemon.stop(), 0, signal);
    }
  });
});

test("SIGHUP reads definitions that somebody put there or edited", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    await using daemon = await Daemon.start(sandbox, "tsvirtd");
    const document = (title: string): string => `<domain type='qemu'>
  <name>planted</name>
  <uuid>11111111-2222-4333-8444-666666666666</uuid>
  <title>${title}</title>
  <memory unit='KiB'>65536</memory>
  <currentMemory unit='KiB'>65536</currentMemory>
  <vcpu placement='static'>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type>
  </os>
</domain>
`;
    for (const title of ["first", "second"]) {
      await writeFile(sandbox.outside("/etc/libvirt/qemu/planted.xml"), document(title));
      killOne(daemon.pid, "SIGHUP");
      await until(async () => (await sandbox.run(["virsh", "desc", "planted", "--title"])).stdout === `${title}\n`);
    }
    assert.equal(await sandbox.output(["virsh", "list", "--all", "--name"]), "planted\n\n");
  });
});

test("variables that change what code runs do not reach the daemon", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    const marker = join(sandbox.root, "log/loaded");
    const evil = join(sandbox.root, "evil.cjs");
    await writeFile(evil, `require("fs").writeFileSync(${JSON.stringify(marker)}, "")`);
    await using daemon = await Daemon.start(sandbox, "tsvirtd", {
      env: { NODE_OPTIONS: `--require=${evil}`, NODE_PATH: "/tmp" },
    });
    assert.equal(await exists(marker), false);
    assert.ok((await argumentsOf(daemon.pid)).includes("--disable-proto=delete"));
    const environment = (await readFile(`/proc/${daemon.pid}/environ`, "utf8")).split("\0");
    assert.deepEqual(
      environment.filter((entry) => /^(NODE_|LD_)/.test(entry)),
      [],
    );
    assert.ok(environment.includes("UV_THREADPOOL_SIZE=16"));
  });
});

/** Hands sockets over as a service manager does, and prints what it is told on NOTIFY_SOCKET. */
const manager = `
import os, socket, sys
names = sys.argv[1].split(":")
paths = sys.argv[2].split(":")
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind("/run/notify")
pid = os.fork()
if pid == 0:
    fds = []
    for path in paths:
        s = socket.socket(socket.AF_UNIX)
        os.umask(0o077 if path.endswith("-sock") else 0)
        s.bind(path)
        s.listen(10)
        fds.append(os.dup(s.fileno()))
        s.detach()
    high = [os.dup2(fd, 100 + i) for i, fd in enumerate(fds)]
    for i, fd in enumerate(high): os.dup2(fd, 3 + i, inheritable=True)
    env = dict(os.environ, LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(fds)), NOTIFY_SOCKET="/run/notify")
    if sys.argv[1]: env["LISTEN_FDNAMES"] = ":".join(names)
    os.execve(sys.argv[3], sys.argv[3:], env)
while True:
    said = notify.recv(1000).decode()
    print(said, flush=True)
    if said.startswith("STOPPING"): break
print("exit", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
`;

for (const [what, names] of [
  ["named after units", "tsvirtd.socket:tsvirtd-ro.socket:tsvirtd-admin.socket"],
  ["known by their paths", ""],
] as const) {
  test(`socket activation: sockets ${what} are served, readiness is told`, { skip }, async (context) => {
    await withSandbox(context, async (sandbox) => {
      const script = join(sandbox.root, "manager.py");
      await writeFile(script, manager);
      const paths = "/run/libvirt/libvirt-sock:/run/libvirt/libvirt-sock-ro:/run/libvirt/libvirt-admin-sock";
      // `env -S` replaces itself by node, so LISTEN_PID stays right.
      await sandbox.background(["python3", script, names, paths, program], "manager.out");
      const said = (): Promise<string> => readFile(join(sandbox.root, "log/manager.out"), "utf8");
      await until(async () => (await said()).includes("READY=1"), { what: "READY=1" });
      assert.equal(await sandbox.output(["virsh", "uri"]), "qemu:///system\n\n");
      assert.equal(await sandbox.output(["virsh", "-r", "uri"]), "qemu:///system\n\n");
      assert.match(await sandbox.output(["virt-admin", "srv-list"]), /libvirtd/);
      assert.equal(await exists(sandbox.outside("/run/libvirt/virtqemud-sock")), false, "only what was handed over");
      await sandbox.output(["sh", "-c", "kill -TERM $(cat /run/libvirtd.pid)"]);
      await until(async () => (await said()).includes("exit 0"), { what: "the daemon's end" });
      assert.match(await said(), /READY=1\n[\s\S]*STOPPING=1\nexit 0\n/);
      assert.equal(await exists(sandbox.outside("/run/libvirt/libvirt-sock")), true, "the manager's socket stays");
    });
  });
}

test("settings that do nothing yet are named in the log, and virt-admin changes it", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    await appendFile(sandbox.outside("/etc/libvirt/libvirtd.conf"), "\naudit_level = 2\nmispelt = 1\n");
    await using _daemon = await Daemon.start(sandbox, "tsvirtd", {
      env: { LIBVIRT_LOG_OUTPUTS: "3:file:/var/log/libvirt/first.log" },
    });
    const log = (name: string): Promise<string> => readFile(join(sandbox.root, "log", name), "utf8");
    await until(async () => (await log("first.log")).includes("mispelt"));
    assert.match(await log("first.log"), /warning : daemon : \S*libvirtd\.conf:\d+:1: 'audit_level' has no effect/);
    assert.match(await log("first.log"), /unknown setting 'mispelt'/);
    await sandbox.output(["virt-admin", "daemon-log-outputs", "1:file:/var/log/libvirt/second.log"]);
    await sandbox.output(["virt-admin", "daemon-log-filters", "1:daemon 4:qemu"]);
    assert.equal(
      await sandbox.output(["virt-admin", "daemon-log-filters"]),
      " Logging filters: 1:*daemon* 4:*qemu* \n\n",
    );
    await sandbox.output(["virsh", "uri"]);
    await until(async () => /debug : daemon : client connected server=libvirtd/.test(await log("second.log")));
    const refused = await sandbox.run(["virt-admin", "daemon-log-filters", "9:foo"]);
    assert.match(refused.stderr, /invalid argument: Invalid priority '9' for filter '9:foo'/);
  });
});

test("virt-admin shows the same as with libvirtd", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    const shown: string[] = [];
    for (const kind of ["libvirtd", "tsvirtd"] as const) {
      await using _daemon = await Daemon.start(sandbox, kind);
      let text = "";
      for (const command of [
        ["srv-threadpool-info", "libvirtd"],
        ["srv-threadpool-set", "libvirtd", "--max-workers", "30", "--priority-workers", "6"],
        ["srv-threadpool-info", "libvirtd"],
        ["srv-threadpool-set", "libvirtd", "--min-workers", "50"],
        ["srv-clients-info", "libvirtd"],
        ["srv-clients-set", "libvirtd", "--max-clients", "100", "--max-unauth-clients", "21"],
        ["srv-clients-info", "libvirtd"],
        ["srv-clients-info", "nosuch"],
        ["client-info", "libvirtd", "77"],
        ["client-disconnect", "libvirtd", "77"],
        ["srv-update-tls", "libvirtd"],
        ["daemon-log-filters", "x"],
        ["daemon-timeout", "--timeout", "1000"],
        ["uri"],
        ["version"],
      ]) {
        const { status, stdout, stderr } = await sandbox.run(["virt-admin", ...command]);
        text += `${command.join(" ")}: ${status}\n${stdout}${stderr}`;
      }
      shown.push(text);
    }
    assert.equal(shown[1], shown[0]);
  });
});
