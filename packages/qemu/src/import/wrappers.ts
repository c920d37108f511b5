import { formatCpuSet, parseCpuSet } from "@tsvirt/model/domain";
import { rbdMonitors } from "./block-source.ts";
import type { Draft } from "./draft.ts";
import type { NativeCommand } from "./native-command.ts";
import type { ArgumentReport } from "./report.ts";
import type { TextNote, Word } from "./shell-text.ts";
import { audioType } from "./sounds.ts";

/** Variables that every process has or libvirt sets by itself. */
const standard: ReadonlySet<string> = new Set(
  (
    "PATH HOME USER LOGNAME SHELL PWD OLDPWD TERM LANG LANGUAGE TMPDIR HOSTNAME MAIL SHLVL _ " +
    "XDG_DATA_HOME XDG_CACHE_HOME XDG_CONFIG_HOME XDG_RUNTIME_DIR XDG_SESSION_ID SASL_CONF_PATH LISTEN_FDS LISTEN_PID"
  ).split(" "),
);

/** Puts the programs in front and the environment where they belong; gives their part of the report. */
export function applyWrappers(draft: Draft, command: NativeCommand, notes: TextNote[]): ArgumentReport[] {
  const reports: ArgumentReport[] = [];
  for (const words of command.wrappers) reports.push(readWrapper(draft, words));
  for (const { name, value, word } of command.environment) {
    const { line, column } = word;
    const where = readVariable(draft, name, value);
    reports.push({ line, column, words: [word.text], ...where });
  }
  if (notes.length > 1000) notes.length = 1000;
  return reports;
}

type Outcome = Pick<ArgumentReport, "fate" | "where" | "notes">;

function placed(where: string): Outcome {
  return { fate: "document", where: [where], notes: [] };
}

/** A variable of the environment. */
function readVariable(draft: Draft, name: string, value: string): Outcome {
  if (standard.has(name) || name.startsWith("LC_"))
    return { fate: "implied", where: [], notes: ["libvirt sets the environment"] };
  const { domain, devices } = draft;
  if (name === "TZ" && domain.clock?.offset === "timezone") return placed("/domain/clock/@timezone");
  const sdl = devices.graphics.find((each) => each.type === "sdl");
  if (sdl?.type === "sdl" && (name === "DISPLAY" || name === "XAUTHORITY")) {
    if (name === "DISPLAY") sdl.display = value;
    else sdl.xauth = value;
    return placed("/domain/devices/graphics");
  }
  if (name === "QEMU_AUDIO_DRV") {
    const type = audioType(value);
    if (type !== undefined && (type === "none" || devices.sounds.length > 0)) {
      if (devices.audios.length === 0) devices.audios.push({ id: 1, type });
      return placed("/domain/devices/audio");
    }
  }
  const monitors = name === "CEPH_ARGS" ? /^-m ([^ ]+)$/.exec(value)?.[1] : undefined;
  const images = devices.disks.filter(({ source }) => source?.protocol === "rbd" && source.hosts.length === 0);
  if (monitors !== undefined && images.length > 0) {
    for (const { source } of images) source?.hosts.push(...rbdMonitors(monitors));
    return placed("/domain/devices/disk/source/host");
  }
  domain.qemuCommandline ??= { args: [], envs: [] };
  domain.qemuCommandline.envs.push({ name, ...(value !== "" && { value }) });
  return placed(`/domain/qemu:commandline/qemu:env[${domain.qemuCommandline.envs.length}]`);
}

const modes: Readonly<Record<string, "strict" | "interleave" | "preferred">> = {
  membind: "strict",
  m: "strict",
  interleave: "interleave",
  i: "interleave",
  preferred: "preferred",
  p: "preferred",
};

/** A program in front. */
function readWrapper({ domain }: Draft, words: readonly Word[]): ArgumentReport {
  const [first, ...rest] = words;
  const { text = "", line = 1, column = 1 } = first ?? {};
  const report = (outcome: Outcome): ArgumentReport => ({
    line,
    column,
    words: words.map((word) => word.text),
    ...outcome,
  });
  const name = text.slice(text.lastIndexOf("/") + 1);
  if (name === "taskset") {
    const list = rest.some((word) => /^-\w*c|^--cpu-list/.test(word.text));
    const operand = rest.at(-1)?.text ?? "";
    const cpus = list ? parseCpuSet(operand) : maskCpus(operand);
    if (cpus !== undefined) {
      domain.vcpu = { count: 1, ...domain.vcpu, cpuset: formatCpuSet(cpus) };
      return report(placed("/domain/vcpu/@cpuset"));
    }
  }
  if (name === "numactl") {
    for (const [index, word] of rest.entries()) {
      const match = /^--?([a-zA-Z]+)(?:=(.*))?$/.exec(word.text);
      const mode = match?.[1] !== undefined && Object.hasOwn(modes, match[1]) ? modes[match[1]] : undefined;
      const nodes = parseCpuSet(match?.[2] ?? rest[index + 1]?.text ?? "");
      if (mode === undefined || nodes === undefined) continue;
      domain.numatune = { memnodes: [], ...domain.numatune, memory: { mode, nodeset: formatCpuSet(nodes) } };
      const others = rest.length > (match?.[2] === undefined ? 2 : 1);
      const notes = others ? ["only where memory comes from is taken over"] : [];
      return report({ ...placed("/domain/numatune/memory"), notes });
    }
  }
  return report({ fate: "omitted", where: [], notes: ["libvirt starts QEMU itself"] });
}

/** The CPUs of a mask in hexadecimal. */
function maskCpus(text: string): readonly number[] | undefined {
  if (!/^(?:0x)?[0-9a-fA-F]{1,256}$/.test(text)) return undefined;
  const mask = BigInt(`0x${text.replace(/^0x/, "")}`);
  const cpus: number[] = [];
  for (let cpu = 0, left = mask; left > 0n; cpu++, left >>= 1n) if (left & 1n) cpus.push(cpu);
  return cpus;
}
