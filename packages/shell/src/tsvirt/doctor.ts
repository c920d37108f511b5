// `tsvirt doctor`: whether this machine can run guests, and what is missing. It looks, it changes nothing.
import { access, constants, readdir, readFile } from "node:fs/promises";
import { connect as connectSocket } from "node:net";
import { delimiter, join } from "node:path";
import { deferred, strerror } from "@tsvirt/base";
import type { ShellIo } from "../vsh/io.ts";
import { Output } from "../vsh/output.ts";

/** What the command takes. */
export const DOCTOR_USAGE = `usage: tsvirt doctor [--json]

Looks whether guests can run here: KVM, emulators, helper programs, groups, daemons' sockets, the default network.
Changes nothing. The exit status is 1 if no guest can run at all.
`;

type Grade = "ok" | "note" | "missing";

interface Finding {
  readonly what: string;
  readonly grade: Grade;
  readonly detail: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** Runs the command; resolves with the exit status. */
export async function doctor(argv: readonly string[], io: ShellIo): Promise<number> {
  const unknown = argv.find((word) => word !== "--json");
  if (unknown !== undefined) {
    const help = unknown === "--help" || unknown === "-h";
    if (help) io.out(DOCTOR_USAGE);
    else io.err(DOCTOR_USAGE);
    return help ? 0 : 2;
  }
  const out = new Output(io, argv.includes("--json") ? "json" : "text", true);
  const findings = (
    await Promise.all([kvm(), emulators(io), helpers(io), groups(), sockets(io), defaultNetwork(io), guestNetworks()])
  ).flat();
  for (const { what, grade, detail, hint } of findings) {
    out.print(`${grade.padEnd(8)} ${what}: ${detail}\n`);
    if (hint !== undefined) out.print(`${"".padEnd(8)}   ${hint}\n`);
  }
  out.json(findings.map(({ what, grade, detail, hint }) => ({ what, grade, detail, hint: hint ?? null })));
  out.finish();
  const essential = findings.find(({ what }) => what === "emulator");
  return essential?.grade === "missing" ? 1 : 0;
}

async function accessError(path: string, mode: number): Promise<unknown> {
  return access(path, mode).then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function kvm(): Promise<Finding> {
  const error = await accessError("/dev/kvm", constants.R_OK | constants.W_OK);
  if (error === undefined) return { what: "kvm", grade: "ok", detail: "/dev/kvm can be used" };
  const flags = await readFile("/proc/cpuinfo", "utf8").catch(() => "");
  const detail = `/dev/kvm: ${strerror(error)}; guests are emulated, which is slow and no security boundary`;
  if (strerror(error) === "Permission denied") {
    return { what: "kvm", grade: "note", detail, hint: "Become a member of the group kvm and log in again." };
  }
  const hint = /\b(vmx|svm)\b/.test(flags)
    ? "Load the module: modprobe kvm_intel or kvm_amd."
    : "The processor offers no virtualization here: switch it on in the firmware, or for a virtual machine in its host.";
  return { what: "kvm", grade: "note", detail, hint };
}

async function onPath(io: ShellIo, name: string): Promise<string | undefined> {
  const directories = [...(io.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin", "/usr/libexec"];
  for (const directory of directories) {
    if (directory !== "" && (await accessError(join(directory, name), constants.X_OK)) === undefined) {
      return join(directory, name);
    }
  }
  return undefined;
}

async function emulators(io: ShellIo): Promise<Finding> {
  const found = new Set<string>();
  for (const directory of (io.env.PATH ?? "").split(delimiter)) {
    for (const name of await readdir(directory).catch(() => [])) {
      if (/^qemu-system-\w+$/.test(name)) found.add(join(directory, name));
    }
  }
  if (found.size > 0) return { what: "emulator", grade: "ok", detail: [...found].sort().join(", ") };
  return {
    what: "emulator",
    grade: "missing",
    detail: "no qemu-system-* on the path",
    hint: "apt-get install qemu-system-x86",
  };
}

/** Programs that some features need: the name, what for, and the Debian package. */
const programs: readonly (readonly [name: string, use: string, packageName: string])[] = [
  ["qemu-img", "disk images", "qemu-utils"],
  ["dnsmasq", "addresses on virtual networks", "dnsmasq-base"],
  ["ip", "virtual networks", "iproute2"],
  ["setpriv", "guests that do not run as root", "util-linux"],
  ["swtpm", "emulated TPMs", "swtpm"],
];

async function helpers(io: ShellIo): Promise<readonly Finding[]> {
  return Promise.all(
    programs.map(async ([name, use, packageName]): Promise<Finding> => {
      const path = await onPath(io, name);
      if (path !== undefined) return { what: name, grade: "ok", detail: path };
      return { what: name, grade: "note", detail: `not found: no ${use}`, hint: `apt-get install ${packageName}` };
    }),
  );
}

async function groups(): Promise<Finding> {
  if (process.geteuid?.() === 0) return { what: "user", grade: "ok", detail: "root" };
  const mine = new Set(process.getgroups?.() ?? []);
  const text = await readFile("/etc/group", "utf8").catch(() => "");
  const named = text.split("\n").flatMap((line) => {
    const [name = "", , gid] = line.split(":");
    return ["kvm", "libvirt"].includes(name) && mine.has(Number(gid)) ? [name] : [];
  });
  return {
    what: "user",
    grade: named.length > 0 ? "ok" : "note",
    detail: named.length > 0 ? `member of ${named.join(" and ")}` : "member of neither kvm nor libvirt",
    ...(named.length > 0 ? {} : { hint: "usermod -aG kvm,libvirt $USER lets you use KVM and qemu:///system." }),
  };
}

/** Who listens: "answers", or why not. */
async function listens(path: string): Promise<unknown> {
  const result = deferred<unknown>();
  const socket = connectSocket({ path });
  socket.once("connect", () => result.resolve(undefined));
  socket.once("error", (error) => result.resolve(error));
  try {
    return await result.promise;
  } finally {
    socket.destroy();
  }
}

async function sockets(io: ShellIo): Promise<readonly Finding[]> {
  const runtime = io.env.XDG_RUNTIME_DIR;
  const directories = [
    ["qemu:///system", "/run/libvirt"],
    ["qemu:///session", runtime ? `${runtime}/libvirt` : `${io.env.HOME ?? ""}/.cache/libvirt`],
  ] as const;
  const findings: Finding[] = [];
  for (const [uri, directory] of directories) {
    const reasons: string[] = [];
    for (const name of ["virtqemud-sock", "libvirt-sock"]) {
      const error = await listens(join(directory, name));
      if (error === undefined) {
        findings.push({ what: uri, grade: "ok", detail: `${join(directory, name)} answers` });
        break;
      }
      reasons.push(`${name}: ${strerror(error)}`);
      if (name === "libvirt-sock") {
        const hint = uri.endsWith("system")
          ? "Start tsvirtd, or use qemu:///session."
          : "It starts by itself when it is used.";
        findings.push({
          what: uri,
          grade: "note",
          detail: `nobody answers in ${directory} (${reasons.join(", ")})`,
          hint,
        });
      }
    }
  }
  return findings;
}

async function defaultNetwork(io: ShellIo): Promise<Finding> {
  const system = "/etc/libvirt/qemu/networks/default.xml";
  const config = io.env.XDG_CONFIG_HOME || `${io.env.HOME ?? ""}/.config`;
  for (const path of [system, `${config}/libvirt/qemu/networks/default.xml`]) {
    const error = await accessError(path, constants.F_OK);
    if (error === undefined) return { what: "default network", grade: "ok", detail: `defined in ${path}` };
    if (strerror(error) === "Permission denied") {
      return { what: "default network", grade: "note", detail: `${path}: only root can look` };
    }
  }
  return {
    what: "default network",
    grade: "note",
    detail: "not defined",
    hint: "tsvirsh net-define FILE, or use interfaces of type 'user'.",
  };
}

async function guestNetworks(): Promise<Finding> {
  const forwarding = (await readFile("/proc/sys/net/ipv4/ip_forward", "utf8").catch(() => "0")).trim();
  const tun = await accessError("/dev/net/tun", constants.F_OK);
  if (tun !== undefined) {
    return {
      what: "tap devices",
      grade: "note",
      detail: `/dev/net/tun: ${strerror(tun)}; guests cannot join networks of the host`,
      hint: "modprobe tun",
    };
  }
  return {
    what: "tap devices",
    grade: "ok",
    detail: `/dev/net/tun is there; IPv4 forwarding is ${forwarding === "1" ? "on" : "off until a network that needs it starts"}`,
  };
}
