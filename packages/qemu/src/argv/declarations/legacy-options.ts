import { key, oneOf, onOff, option, text } from "@tsvirt/codec/options";

/** The card's part of `-nic`; what else it has is the host's end. */
export class Nic extends option("-nic", "type", {
  type: key(text),
  model: key.optional(text),
  mac: key.optional(text),
  macaddr: key.optional(text),
  id: key.optional(text),
  addr: key.optional(text),
}) {}

/** A directory that is shared over 9p, front and back end in one option. */
export class Virtfs extends option("-virtfs", "fsdriver", {
  fsdriver: key(oneOf("local", "proxy", "synth")),
  path: key.optional(text),
  mount_tag: key.optional(text),
  security_model: key.optional(text),
  id: key.optional(text),
  multidevs: key.optional(text),
  fmode: key.optional(text),
  dmode: key.optional(text),
  writeout: key.optional(text),
  readonly: key.optional(onOff),
}) {}

/** An ACPI table from files. */
export class AcpiTableOption extends option("-acpitable", undefined, {
  sig: key.optional(text),
  file: key.optional(text),
  data: key.optional(text),
}) {}

/** What happens when the guest does something final. */
export class Action extends option("-action", undefined, {
  reboot: key.optional(oneOf("reset", "shutdown")),
  shutdown: key.optional(oneOf("poweroff", "pause")),
  panic: key.optional(oneOf("pause", "shutdown", "exit-failure", "none")),
  watchdog: key.optional(text),
}) {}
