import { Monitor } from "../argv/declarations/machine-options.ts";
import { parseChardev } from "../legacy/chardev.ts";
import type { Argument } from "./argument.ts";
import { type ChardevBackend, readChardev } from "./chardevs.ts";
import { NoPlaceError } from "./device-reader.ts";
import type { Draft } from "./draft.ts";

/** A monitor that a command line opens. Documents have none: libvirt opens its own, or takes this one over. */
export interface ImportedMonitor {
  readonly protocol: "qmp" | "hmp";
  /** What QEMU calls its character device. */
  readonly label: string;
  /** Where it is; `undefined` for what documents do not know. */
  readonly backend: ChardevBackend | undefined;
}

const reason = "libvirt has a monitor of its own (virsh qemu-monitor-command)";

/** `-monitor` and `-qmp`: a monitor on a character device by its word. */
export function readMonitorWord(protocol: ImportedMonitor["protocol"]) {
  return (draft: Draft, argument: Argument): void => {
    argument.omit(reason);
    const { value } = argument;
    if (value === "none") return;
    const label = `compat_monitor${draft.monitorWords++}`;
    const id = /^chardev:(.*)$/s.exec(value)?.[1];
    if (id === undefined) draft.monitors.push({ protocol, label, backend: parseChardev(value) });
    else share(draft, protocol, id);
  };
}

/** `-mon`: a monitor on a character device that has a name. */
export function readMonitor(draft: Draft, argument: Argument): void {
  argument.omit(reason);
  const text = /^[^,=]+(?:,|$)/.test(argument.value) ? `chardev=${argument.value}` : argument.value;
  const { chardev = "", mode } = Monitor.parsePartial(text);
  share(draft, mode === "control" ? "qmp" : "hmp", chardev);
}

function share(draft: Draft, protocol: ImportedMonitor["protocol"], id: string): void {
  draft.monitorBackends.add(id);
  const found = draft.chardevs.get(id);
  if (!found) return;
  let backend: ChardevBackend | undefined;
  try {
    ({ backend } = readChardev(draft, found));
  } catch (error) {
    if (!(error instanceof NoPlaceError)) throw error;
  }
  draft.monitors.push({ protocol, label: id, backend });
}
