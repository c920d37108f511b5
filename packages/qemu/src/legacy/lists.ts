import type { CpuModel, MachineType } from "../capabilities/capabilities.ts";

/**
 * Machine types out of the answer to `-M ?`: `NAME DESCRIPTION`, after which `(default)` or `(alias of NAME)` may stand. The
 * default comes first.
 */
export function parseMachineList(text: string): MachineType[] {
  const machines: MachineType[] = [];
  const aliases = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^([A-Za-z0-9][\w.+-]*)[ \t]+\S/.exec(line.trimEnd());
    const name = match?.[1];
    if (name === undefined || /machines are:/.test(line)) continue;
    const canonical = /\(alias of ([\w.+-]+)\)/.exec(line)?.[1];
    if (canonical !== undefined) aliases.set(canonical, name);
    else {
      machines.push({
        name,
        // The list says nothing of it, and no release before QMP told.
        maxCpus: 0,
        hotplugCpus: false,
        isDefault: /\(default\)/.test(line),
        numaMemSupported: true,
        deprecated: false,
      });
    }
  }
  const named = machines.map((machine) => {
    const alias = aliases.get(machine.name);
    return alias === undefined ? machine : { ...machine, alias };
  });
  return named.sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
}

/** CPU models out of the answer to `-cpu ?`: `FAMILY NAME` or, from 0.13 on, `FAMILY [NAME]`; some families add more. */
export function parseCpuList(text: string): CpuModel[] {
  const names = new Set<string>();
  for (const line of text.split("\n")) {
    const match = /^\s*(?:x86|PowerPC|Sparc|MIPS|s390)\s+(?:'([^']+)'|\[([^\]]+)\]|(\S+))/.exec(line);
    const name = match?.[1] ?? match?.[2] ?? match?.[3];
    if (name !== undefined) names.add(name);
  }
  return [...names].map((name) => ({ name, usable: "unknown", deprecated: false }));
}

/** Device types out of the answer to `-device ?`: `name "TYPE", bus BUS, …`. */
export function parseDeviceList(text: string): string[] {
  return [...text.matchAll(/^name "([^"\n]+)"/gm)].map(([, name = ""]) => name);
}
