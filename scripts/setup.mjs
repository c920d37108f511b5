#!/usr/bin/env node
// @ts-check
// What a fresh machine lacks, installed or named: npm's packages, Debian's packages, the build.
//
//   node scripts/setup.mjs start|test|npm
//
// Plain JavaScript without imports from node_modules, because it runs before they are there. It installs Debian packages only
// as root; otherwise it prints the command to run and stops.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Debian packages, each with a file whose presence shows that it is installed.
 * @type {Readonly<Record<string, { readonly shows: readonly string[], readonly for: readonly string[] }>>}
 */
const DEBIAN = {
  "qemu-system-x86": { shows: ["/usr/bin/qemu-system-x86_64"], for: ["start", "test"] },
  "qemu-utils": { shows: ["/usr/bin/qemu-img"], for: ["test"] },
  "util-linux": { shows: ["/usr/bin/setpriv"], for: ["start", "test"] },
  "libvirt-daemon-system": { shows: ["/usr/sbin/libvirtd"], for: ["test"] },
  "libvirt-clients": { shows: ["/usr/bin/virsh"], for: ["test"] },
  "python3-libvirt": { shows: ["/usr/lib/python3/dist-packages/libvirt.py"], for: ["test"] },
  "dnsmasq-base": { shows: ["/usr/sbin/dnsmasq"], for: ["test"] },
  iptables: { shows: ["/usr/sbin/iptables"], for: ["test"] },
  iproute2: { shows: ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"], for: ["test"] },
  "busybox-static": { shows: ["/bin/busybox", "/usr/bin/busybox"], for: ["test"] },
};

/** @param {string} text */
function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

/**
 * Runs a command with its output shown; false when it failed.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
function run(command, args, env = process.env) {
  return spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], env }).status === 0;
}

/** @param {string} what */
function installDebianPackages(what) {
  const missing = Object.entries(DEBIAN)
    .filter(([, { shows, for: uses }]) => uses.includes(what) && !shows.some((path) => existsSync(path)))
    .map(([name]) => name);
  if (missing.length === 0) return;
  const install = ["install", "-y", "--no-install-recommends", ...missing];
  if (!existsSync("/usr/bin/apt-get")) {
    say(`missing: ${missing.join(" ")} (names of Debian packages); install them and try again`);
    process.exit(1);
  }
  if (process.getuid?.() !== 0) {
    say("packages are missing; run this and try again:");
    process.stderr.write(`\n    sudo apt-get update && sudo apt-get ${install.join(" ")}\n\n`);
    process.exit(1);
  }
  say(`installing ${missing.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  if (!run("apt-get", ["-q", "update"], env) || !run("apt-get", ["-q", ...install], env)) {
    say("apt-get failed");
    process.exit(1);
  }
}

/** @param {string} path */
function lockedVersions(path) {
  /** @type {{ packages: Record<string, { version?: string, optional?: boolean, link?: boolean }> }} */
  const lock = JSON.parse(readFileSync(path, "utf8"));
  return new Map(
    Object.entries(lock.packages)
      .filter(([key, entry]) => key.startsWith("node_modules/") && !entry.optional && !entry.link)
      .map(([key, entry]) => [key, entry.version]),
  );
}

function installNpmPackages() {
  const installed = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installed)) {
    say("npm ci");
    if (!run("npm", ["ci"])) process.exit(1);
    return;
  }
  const have = lockedVersions(installed);
  const stale = [...lockedVersions(join(root, "package-lock.json"))].some(
    ([key, version]) => have.get(key) !== version,
  );
  if (stale) {
    say("npm install (the lock file has changed)");
    if (!run("npm", ["install", "--no-save"])) process.exit(1);
  }
}

const what = process.argv[2] ?? "npm";
if (!["start", "test", "npm"].includes(what)) {
  say("expected start, test or npm");
  process.exit(2);
}
if (what !== "npm") installDebianPackages(what);
installNpmPackages();
if (what !== "npm") {
  // tsc -b looks at time stamps and does nothing when all is built.
  const built = spawnSync(join(root, "node_modules/.bin/tsc"), ["-b"], { cwd: root, stdio: ["ignore", 2, 2] });
  if (built.status !== 0 || !run(process.execPath, ["scripts/bundle.mjs"])) process.exit(1);
}
