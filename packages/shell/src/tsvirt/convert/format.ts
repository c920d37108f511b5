import { ErrorCode, virtError } from "@tsvirt/base";
import { formatConf, parseConf } from "@tsvirt/codec/conf";
import { type DomainHooks, formatDomain, parseDomain, Sysinfo } from "@tsvirt/model/domain";
import { HostInterface } from "@tsvirt/model/interface";
import {
  alignBackup,
  Backup,
  Checkpoint,
  formatSnapshot,
  parseBackup,
  parseCheckpoint,
  parseSnapshot,
} from "@tsvirt/model/moment";
import { formatNetwork, NetworkPort, parseNetwork } from "@tsvirt/model/network";
import { formatNodeDevice, parseNodeDevice } from "@tsvirt/model/nodedev";
import { FilterBinding, formatFilter, parseFilter, parseFilterBinding } from "@tsvirt/model/nwfilter";
import { formatSecret, parseSecret } from "@tsvirt/model/secret";
import { formatPool, formatVolume, parsePool, parseVolume } from "@tsvirt/model/storage";
import { formatStatus, readStatus } from "@tsvirt/qemu/status";
import { readInput } from "../user-files.ts";
import { fileCommand, type Noted } from "./command.ts";
import { qemuOptions } from "./inputs.ts";
import type { ConvertOptions } from "./options.ts";

const formatOptions = {
  "--kind": { takes: "KIND", help: "what the files hold: domain, network, storagepool, ..." },
  ...qemuOptions,
  "--inactive": { help: "the persistent definition; without it, the live one" },
  "--generic": { help: "domain: common parsing only, nothing of QEMU's" },
  "--domain-uuid": { takes: "UUID", help: "snapshot: the domain it belongs to, when it contains none" },
  "--redefine": { help: "snapshot, checkpoint: one that exists already" },
  "--internal": { help: "snapshot, checkpoint: the driver's own file" },
  "--state": { takes: "STATE", help: "snapshot: the domain's state, when the document has none" },
  "--creation-time": { takes: "SECONDS", help: "snapshot, checkpoint: the clock" },
  "--align-disks": { takes: "SUFFIX", help: "backup: filled in from a domain with the named disks and vdextradisk" },
  "--pool": { takes: "FILE", help: "storagevol: its pool" },
  "--no-capacity": { help: "storagevol: the capacity may be absent" },
} as const;

type FormatOptions = ConvertOptions<keyof typeof formatOptions>;

/** What the kinds with domains in them need of the command line. */
interface FormatContext {
  readonly options: FormatOptions;
  /** QEMU's part of completing a document, from `--capabilities` and `--host`. */
  hooks(xml: string): Promise<DomainHooks>;
  /** {@link FormatContext.hooks} for a guest that runs: its emulator could do what the document says, if it says so. */
  hooksForRunning(xml: string): Promise<(flags: readonly string[] | undefined) => DomainHooks>;
  readonly noted: Noted;
}

type Format = (text: string, file: string, context: FormatContext) => Promise<string>;

/** Reading and writing again, by `--kind`. */
const kinds = new Map<string, Format>([
  ["domain", domain],
  ["network", async (xml, file, { noted }) => formatNetwork(noted(parseNetwork(xml, { file })), { inactive: true })],
  ["secret", async (xml, file, { noted }) => formatSecret(noted(parseSecret(xml, { file })))],
  ["domainsnapshot", snapshot],
  [
    "domaincheckpoint",
    async (xml, file, { options, noted }) =>
      Checkpoint.format(noted(parseCheckpoint(xml, { file, ...moment(options) }))),
  ],
  ["domainbackup", backup],
  ["storagepool", async (xml, file, { noted }) => formatPool(noted(parsePool(xml, { file })))],
  ["storagevol", volume],
  ["networkport", async (xml, file, { noted }) => NetworkPort.format(noted(NetworkPort.parse(xml, { file })))],
  ["nodedev", async (xml, file, { noted }) => formatNodeDevice(noted(parseNodeDevice(xml, { file })))],
  ["nwfilter", async (xml, file, { noted }) => formatFilter(noted(parseFilter(xml, { file })))],
  ["nwfilterbinding", async (xml, file, { noted }) => FilterBinding.format(noted(parseFilterBinding(xml, { file })))],
  [
    "domainstatus",
    async (xml, file, context) => {
      const { value } = readStatus(xml, file, await context.hooksForRunning(xml));
      context.noted(value);
      return formatStatus(value);
    },
  ],
  ["sysinfo", async (xml, file, { noted }) => Sysinfo.format(noted(Sysinfo.parse(xml, { file })))],
  ["conf", async (text, file) => formatConf(parseConf(text, file).entries)],
  ["interface", async (xml, file, { noted }) => HostInterface.format(noted(HostInterface.parse(xml, { file })))],
]);

/** What a new definition of a guest without a hypervisor gets: nothing but an architecture. */
const generic: DomainHooks = {
  basic(domain) {
    domain.os.type.arch ??= "x86_64";
  },
};

async function domain(xml: string, file: string, context: FormatContext): Promise<string> {
  const { options } = context;
  const inactive = options.flag("--inactive");
  const value = context.noted(
    parseDomain(xml, {
      file,
      inactive,
      hooks: options.flag("--generic") ? generic : await context.hooks(xml),
      abiUpdate: options.flag("--abi-update"),
    }),
  );
  return formatDomain(value, { inactive, secure: true });
}

async function snapshot(xml: string, file: string, { options, noted }: FormatContext): Promise<string> {
  const value = noted(
    parseSnapshot(xml, {
      file,
      ...moment(options),
      internal: options.flag("--internal"),
      // A stored domain was complete when it was stored.
      hooks: {},
    }),
  );
  const uuid = options.value("--domain-uuid");
  if (uuid !== undefined) value.domain ??= { uuid };
  return formatSnapshot(value, { secure: true, internal: options.flag("--internal") });
}

async function backup(xml: string, file: string, { options }: FormatContext): Promise<string> {
  const value = parseBackup(xml, { file });
  const suffix = options.value("--align-disks");
  if (suffix !== undefined) {
    const names = (value.disks?.disks ?? []).map(({ name }) => name);
    alignBackup(
      value,
      [...names, "vdextradisk"].map((name) => ({ name, path: `/fake/${name}.qcow2` })),
      suffix,
    );
  }
  return Backup.format(value);
}

async function volume(xml: string, file: string, { options }: FormatContext): Promise<string> {
  const poolFile = options.value("--pool");
  if (poolFile === undefined) throw virtError(ErrorCode.invalidArg, "--pool is needed");
  const pool = parsePool(await readInput(poolFile), { file: poolFile });
  return formatVolume(
    parseVolume(xml, { file, pool: pool.type, ...(options.flag("--no-capacity") && { noCapacity: "always" }) }),
  );
}

function moment(options: FormatOptions): { redefine: boolean; now?: number } {
  const now = options.value("--creation-time");
  return { redefine: options.flag("--redefine"), ...(now !== undefined && { now: seconds(now) }) };
}

function seconds(text: string): number {
  if (!/^\d+$/.test(text)) throw virtError(ErrorCode.invalidArg, `--creation-time takes seconds, not '${text}'`);
  return Number(text);
}

/** `tsvirt convert format`: the document as the daemon would show it. */
export const format = fileCommand({
  help: "a document read, completed and written again",
  options: formatOptions,
  async convert(file, options, inputs, noted) {
    const kind = options.value("--kind") ?? "";
    const read = kinds.get(kind);
    if (read === undefined) {
      const what = kind === "" ? "--kind is needed" : `unknown kind '${kind}'`;
      throw virtError(ErrorCode.invalidArg, `${what}; there are ${[...kinds.keys()].join(", ")}`);
    }
    const context: FormatContext = {
      options,
      noted,
      hooks: (xml) => inputs.hooks(options, xml),
      hooksForRunning: (xml) => inputs.hooksForRunning(options, xml),
    };
    const text = await read(await readInput(file), file, context);
    return kind === "conf" ? { conf: text } : { xml: text };
  },
});
