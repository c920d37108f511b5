import { ErrorCode } from "@tsvirt/base";
import { child, children, element, leaf, oneOf, stateOnly, text, u53, verbatim } from "@tsvirt/codec/xml";
import {
  completeDocument,
  type Domain,
  type DomainHooks,
  type Report,
  reportTo,
  SnapshotDisk,
  SnapshotMemory,
} from "../domain/index.ts";
import { InactiveDomain, isWholeDomain, nestedDomain } from "./nested-domain.ts";

/** The snapshot that this one was made on top of. */
export class MomentParent extends element("parent", { name: leaf(text) }) {}

/** State of the guest when a snapshot was made. */
export const snapshotState = oneOf(
  "running",
  "blocked",
  "paused",
  "shutdown",
  "shutoff",
  "crashed",
  "pmsuspended",
  "disk-snapshot",
);

/** Disks of a stored snapshot. */
export class SnapshotDisks extends element("disks", { disks: children(SnapshotDisk) }, { omitEmpty: true }) {}

/** A snapshot as it is stored and shown. https://libvirt.org/formatsnapshot.html */
export class Snapshot extends element("domainsnapshot", {
  name: leaf.optional(text),
  description: leaf.optional(text),
  state: leaf.optional(snapshotState, undefined, {
    invalid: "Invalid state '%s' in domain snapshot XML",
    code: ErrorCode.configUnsupported,
  }),
  parent: child.optional(MomentParent),
  /** Seconds since 1970. */
  creationTime: leaf.optional(u53),
  memory: child.optional(SnapshotMemory),
  disks: child.optional(SnapshotDisks),
  domain: child.optional(nestedDomain),
  inactiveDomain: child.optional(InactiveDomain),
  /** What the hypervisor needs to go back to it. */
  cookie: verbatim(),
  /** In our own files: whether the guest goes on from this snapshot. */
  active: stateOnly(leaf.optional(oneOf("0", "1"))),
}) {}

/** How a snapshot document is read. */
export interface ParseSnapshotOptions {
  /** File name for messages. */
  readonly file?: string;
  /** The document says everything about a snapshot that exists (`VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE`). */
  readonly redefine?: boolean;
  /** The document is our own file. */
  readonly internal?: boolean;
  /** Seconds since 1970: time, and name if it has none, of a new snapshot. */
  readonly now?: number;
  /** The hypervisor that completes the domains in it. */
  readonly hooks?: DomainHooks;
}

/**
 * Reads a snapshot document. For a new snapshot (not `redefine`) what only the daemon can know is left out: state, parent
 * and time. Throws `DocumentError`.
 */
export function parseSnapshot(xml: string, options: ParseSnapshotOptions = {}): Snapshot {
  const { value: snapshot, reader } = Snapshot.read(xml, {
    file: options.file,
    label: "(domain_snapshot)",
    state: options.internal,
    inactive: true,
  });
  const report = reportTo(reader);
  if (options.redefine === true) {
    if (snapshot.name === undefined) report(snapshot, "a redefined snapshot must have a name");
    if (snapshot.creationTime === undefined) {
      report(snapshot, "missing creationTime from existing snapshot", ErrorCode.internalError);
    }
    if (snapshot.state === undefined) report(snapshot, "missing state from existing snapshot");
    const nested = { skipValidation: true, ...(options.hooks === undefined ? {} : { hooks: options.hooks }) };
    if (snapshot.domain !== undefined && isWholeDomain(snapshot.domain)) {
      completeDocument(snapshot.domain, nested, report);
    }
    if (snapshot.inactiveDomain !== undefined) completeDocument(snapshot.inactiveDomain as Domain, nested, report);
  } else {
    delete snapshot.state;
    delete snapshot.parent;
    delete snapshot.domain;
    delete snapshot.inactiveDomain;
    if (options.now === undefined) delete snapshot.creationTime;
    else {
      snapshot.creationTime = options.now;
      snapshot.name ??= String(options.now);
    }
  }
  const offline = snapshot.state === "shutoff" || snapshot.state === "disk-snapshot";
  completeMemory(snapshot, offline, report);
  for (const disk of snapshot.disks?.disks ?? []) completeDisk(disk, options.redefine ?? false, report);
  if (options.internal === true && snapshot.active === undefined) {
    report(snapshot, "Could not find 'active' element", ErrorCode.internalError);
  }
  if (offline) delete snapshot.cookie;
  if (snapshot.name?.includes("/") === true) {
    report(snapshot, `invalid snapshot name '${snapshot.name}': name can't contain '/'`, ErrorCode.xmlDetail);
  }
  if (options.redefine !== true && snapshot.name?.startsWith(".") === true) {
    report(snapshot, `invalid snapshot name '${snapshot.name}': name can't start with '.'`, ErrorCode.xmlDetail);
  }
  reader.throwIfFailed(options.file);
  return snapshot;
}

function completeMemory(snapshot: Snapshot, offline: boolean, report: Report): void {
  const { memory } = snapshot;
  const file = memory?.file;
  // The state is known of a snapshot that exists.
  const usual = snapshot.state === undefined ? undefined : offline ? "no" : "internal";
  const how = memory?.snapshot ?? (file === undefined ? usual : "external");
  const place = memory ?? snapshot;
  if (how === undefined) {
    delete snapshot.memory;
    return;
  }
  if (how === "manual") report(place, "'manual' memory snapshot mode not supported");
  else if (how === "external" && file === undefined) report(place, "external memory snapshots require a filename");
  else if (file !== undefined && how !== "external") {
    report(place, `memory filename '${file}' requires external snapshot`);
  } else if (offline && how !== "no") {
    report(place, "memory state cannot be saved with offline or disk-only snapshot");
  } else if (file !== undefined && !file.startsWith("/")) {
    report(place, `memory snapshot file path (${file}) must be absolute`);
  }
  snapshot.memory = { ...memory, snapshot: how };
}

function completeDisk(disk: SnapshotDisk, redefine: boolean, report: Report): void {
  const { source } = disk;
  const type = disk.type ?? "file";
  const path = type === "block" ? source?.dev : type === "file" ? source?.file : source?.name;
  if (type === "volume" || type === "dir") report(disk, `unsupported disk snapshot type '${type}'`);
  if (!redefine) delete disk.snapshotDeleteInProgress;
  if ((type === "file" || type === "block") && path !== undefined && !path.startsWith("/")) {
    report(disk, `disk snapshot image path '${path}' must be absolute`);
  }
  // Without an image nothing is said about it.
  if (path !== undefined || disk.driver?.type !== undefined || type === "vhostuser" || type === "nvme") {
    disk.type = type;
    disk.snapshot ??= "external";
  } else {
    delete disk.type;
    delete disk.driver;
    delete disk.source;
  }
  if (disk.snapshot !== "external" && path !== undefined) {
    report(
      disk,
      `file '${path}' for disk '${disk.name}' requires use of external snapshot mode`,
      ErrorCode.configUnsupported,
    );
  }
}

/** How a snapshot document is written. */
export interface FormatSnapshotOptions {
  /** With passwords of the domain in it (threat-model A2). Default false. */
  readonly secure?: boolean;
  /** For our own file. Default false. */
  readonly internal?: boolean;
}

/** The document as `virsh snapshot-dumpxml` prints it, without the last line break of virsh itself. */
export function formatSnapshot(snapshot: Snapshot, options: FormatSnapshotOptions = {}): string {
  return Snapshot.format(snapshot, {
    live: false,
    secrets: options.secure ?? false,
    state: options.internal ?? false,
  });
}
