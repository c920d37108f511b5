import { readFile } from "node:fs/promises";
import { ErrorCode, virtError } from "@tsvirt/base";
import { type DomainHooks, formatDomain, parseDomain } from "@tsvirt/model/domain";
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
import { formatSecret, parseSecret } from "@tsvirt/model/secret";
import { formatPool, formatVolume, parsePool, parseVolume } from "@tsvirt/model/storage";
import type { ConvertArguments } from "./convert-arguments.ts";

/** What the kinds with domains in them need of the command line. */
export interface FormatContext {
  readonly options: ConvertArguments;
  /** QEMU's part of completing a document, from `--capabilities` and `--host`. */
  hooks(xml: string): Promise<DomainHooks>;
}

type Format = (xml: string, file: string, context: FormatContext) => Promise<string>;

/** Reading and writing again, by `--kind`. */
const kinds = new Map<string, Format>([
  ["domain", domain],
  ["network", async (xml, file) => formatNetwork(parseNetwork(xml, { file }), { inactive: true })],
  ["secret", async (xml, file) => formatSecret(parseSecret(xml, { file }))],
  ["domainsnapshot", snapshot],
  [
    "domaincheckpoint",
    async (xml, file, { options }) => Checkpoint.format(parseCheckpoint(xml, { file, ...moment(options) })),
  ],
  ["domainbackup", backup],
  ["storagepool", async (xml, file) => formatPool(parsePool(xml, { file }))],
  ["storagevol", volume],
  ["networkport", async (xml, file) => NetworkPort.format(NetworkPort.parse(xml, { file }))],
  ["interface", async (xml, file) => HostInterface.format(HostInterface.parse(xml, { file }))],
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
  const value = parseDomain(xml, {
    file,
    inactive,
    hooks: options.flag("--generic") ? generic : await context.hooks(xml),
    abiUpdate: options.flag("--abi-update"),
  });
  return formatDomain(value, { inactive, secure: true });
}

async function snapshot(xml: string, file: string, { options }: FormatContext): Promise<string> {
  const value = parseSnapshot(xml, {
    file,
    ...moment(options),
    internal: options.flag("--internal"),
    // A stored domain was complete when it was stored.
    hooks: {},
  });
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
  const pool = parsePool(await readFile(poolFile, "utf8"), { file: poolFile });
  return formatVolume(parseVolume(xml, { file, pool: pool.type, noCapacity: options.flag("--no-capacity") }));
}

function moment(options: ConvertArguments): { redefine: boolean; now?: number } {
  const now = options.value("--creation-time");
  return { redefine: options.flag("--redefine"), ...(now !== undefined && { now: Number(now) }) };
}

/** `tsvirt convert format`: the document as the daemon would show it. Throws for a kind that is not known. */
export async function formatDocument(file: string, context: FormatContext): Promise<string> {
  const kind = context.options.value("--kind") ?? "";
  const format = kinds.get(kind);
  if (format === undefined) throw virtError(ErrorCode.invalidArg, `unknown kind '${kind}' of tsvirt convert format`);
  return format(await readFile(file, "utf8"), file, context);
}
