import { type Domain, type DomainGetBlockInfoRet, DomainXmlFlags, ErrorCode, VirtError } from "@tsvirt/client";
import { parseXml } from "@tsvirt/codec/xml";
import { type Command, command, data, flag, text } from "../../vsh/command.ts";
import { ShellError } from "../../vsh/errors.ts";
import { exclusive } from "../affects.ts";
import { capacityText } from "../capacity.ts";
import { typedJson, typedText } from "../typed-value.ts";
import { attributeOf, elementsAt, firstAttribute, textOrDash } from "../xml-paths.ts";

/** Attributes that say what a disk is made of. */
const sources = ["file", "dev", "dir", "name", "volume"];

/** Counters in the order they are shown, with what `--human` calls them. */
const counters: readonly (readonly [field: string, name: string, label: string])[] = [
  ["rd_operations", "rd_req", "number of read operations:"],
  ["rd_bytes", "rd_bytes", "number of bytes read:"],
  ["wr_operations", "wr_req", "number of write operations:"],
  ["wr_bytes", "wr_bytes", "number of bytes written:"],
  ["errs", "errs", "error count:"],
  ["flush_operations", "flush_operations", "number of flush operations:"],
  ["rd_total_times", "rd_total_times", "total duration of reads (ns):"],
  ["wr_total_times", "wr_total_times", "total duration of writes (ns):"],
  ["flush_total_times", "flush_total_times", "total duration of flushes (ns):"],
];

/** Sizes of a disk; `undefined` for an empty drive, and for a disk on the network while its guest does not run. */
async function blockInfoIfAny(
  domain: Domain,
  target: string,
  active: boolean,
  type: string,
): Promise<DomainGetBlockInfoRet | undefined> {
  try {
    return await domain.getBlockInfo(target);
  } catch (error) {
    const expected =
      error instanceof VirtError && (error.code === ErrorCode.invalidArg || (!active && type === "network"));
    if (expected) return undefined;
    throw error;
  }
}

/** What guests' disks are and did. */
export const commands: readonly Command[] = [
  command({
    name: "domblkinfo",
    help: "domain block device size information",
    about: "Get block device size info for a domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      device: text("block device"),
      human: flag("Human readable output"),
      all: flag("display all block devices info"),
    },
    async run(shell, args) {
      exclusive(args, ["all", "device"]);
      const domain = await shell.domain(args.domain);
      const { device } = args;
      const size = (bytes: bigint) => ({ value: bytes, text: args.human ? capacityText(bytes) : String(bytes) });
      if (!args.all) {
        if (device === undefined) throw new ShellError("command 'domblkinfo' requires <device> option");
        const info = await domain.getBlockInfo(device);
        shell.out.facts(
          [
            { key: "capacity", label: "Capacity:", value: size(info.capacity) },
            { key: "allocation", label: "Allocation:", value: size(info.allocation) },
            { key: "physical", label: "Physical:", value: size(info.physical) },
          ],
          16,
        );
        return;
      }
      const active = await domain.isActive();
      const root = parseXml(await domain.getXmlDesc());
      const rows = [];
      for (const disk of elementsAt(root, "devices/disk")) {
        const target = attributeOf(disk, "target", "dev") ?? "";
        const info = await blockInfoIfAny(domain, target, active, disk.attribute("type") ?? "file");
        rows.push([
          target,
          ...(info ? [size(info.capacity), size(info.allocation), size(info.physical)] : ["-", "-", "-"]),
        ]);
      }
      shell.out.table(
        [
          { key: "target", title: "Target" },
          { key: "capacity", title: "Capacity" },
          { key: "allocation", title: "Allocation" },
          { key: "physical", title: "Physical" },
        ],
        rows,
      );
    },
  }),
  command({
    name: "domblklist",
    help: "list all domain blocks",
    about: "Get the summary of block devices for a domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      inactive: flag("get inactive rather than running configuration"),
      details: flag("additionally display the type and device value"),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      const flags = args.inactive ? DomainXmlFlags.inactive : 0;
      const root = parseXml(await domain.getXmlDesc({ flags }));
      const rows = elementsAt(root, "devices/disk").map((disk) => {
        const target = attributeOf(disk, "target", "dev");
        if (target === undefined) throw new ShellError("unable to query block list");
        const details = args.details ? [disk.attribute("type") ?? "", disk.attribute("device") ?? ""] : [];
        return [...details, target, textOrDash(firstAttribute(disk, "source", sources))];
      });
      shell.out.table(
        [
          ...(args.details
            ? [
                { key: "type", title: "Type" },
                { key: "device", title: "Device" },
              ]
            : []),
          { key: "target", title: "Target" },
          { key: "source", title: "Source" },
        ],
        rows,
      );
    },
  }),
  command({
    name: "domblkstat",
    help: "get device block stats for a domain",
    about: "Get device block stats for a running domain. See man page or use --human for explanation of fields",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      device: text("block device", { emptyOk: true }),
      human: flag("print a more human readable output"),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      const { device = "" } = args;
      const params = await domain.blockStats(device);
      const rest = new Map(params.map(({ field, value }) => [field, value]));
      const shown: (readonly [string, string])[] = [];
      for (const [field, name, label] of counters) {
        const value = rest.get(field);
        if (value === undefined || !rest.delete(field)) continue;
        shown.push([args.human ? label : name, typedText(value)]);
        shell.out.json({ [name]: typedJson(value) });
      }
      for (const [field, value] of rest) {
        shown.push([field, typedText(value)]);
        shell.out.json({ [field]: typedJson(value) });
      }
      if (args.human) shell.out.print(`Device: ${device}\n`);
      for (const [name, text] of shown) {
        shell.out.print(args.human ? ` ${name.padEnd(31)} ${text}\n` : `${device} ${name} ${text}\n`);
      }
    },
  }),
];
