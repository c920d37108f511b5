import { type Command, command, data, int, restData, text } from "../../vsh/command.ts";
import { ShellError } from "../../vsh/errors.ts";
import { parseInteger } from "../../vsh/numbers.ts";

/** `virsh` names signals without `SIG`, in either case, or by number. */
const signals = [
  "nop",
  "hup",
  "int",
  "quit",
  "ill",
  "trap",
  "abrt",
  "bus",
  "fpe",
  "kill",
  "usr1",
  "segv",
  "usr2",
  "pipe",
  "alrm",
  "term",
  "stkflt",
  "chld",
  "cont",
  "stop",
  "tstp",
  "ttin",
  "ttou",
  "urg",
  "xcpu",
  "xfsz",
  "vtalrm",
  "prof",
  "winch",
  "poll",
  "pwr",
  "sys",
  ...Array.from({ length: 33 }, (_, at) => `rt${at}`),
];

function signalNumber(name: string): number | undefined {
  const number = parseInteger(name, "int");
  if (number !== undefined) return Number(number);
  const at = signals.indexOf(name.toLowerCase().replace(/^(sig|sig_)/, ""));
  return at < 0 ? undefined : at;
}

/** A key's number: decimal, `0x…` or octal, up to 16 bits. */
function numericKeycode(word: string): number | undefined {
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(word)) return undefined;
  const code = /^0\d/.test(word) ? Number.parseInt(word, 8) : Number(word);
  return code > 0 && code <= 0xffff ? code : undefined;
}

/** Most keys that can be pressed together. */
const KEYS_MAX = 16;

/** Commands that press keys and send signals. */
export const commands: readonly Command[] = [
  command({
    name: "inject-nmi",
    help: "Inject NMI to the guest",
    about: "Inject NMI to the guest domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      await domain.injectNmi();
    },
  }),
  command({
    name: "send-key",
    help: "Send keycodes to the guest",
    about: "Send keycodes (integers or symbolic names) to the guest",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      codeset: text("the codeset of keycodes, default:linux", { named: true }),
      holdtime: int("the time (in milliseconds) how long the keys will be held", { named: true }),
      keycode: restData("the key code"),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      const setName = args.codeset ?? "linux";
      const holdtime = args.holdtime ?? 0;
      const { keycodeOfName, keycodeSets } = await import("@tsvirt/qemu");
      const codeset = (keycodeSets as readonly string[]).indexOf(setName);
      const set = keycodeSets[codeset];
      if (set === undefined) throw new ShellError(`unknown codeset: '${setName}'`);
      if (args.keycode.length > KEYS_MAX) throw new ShellError("too many keycodes");
      const keycodes = args.keycode.map((word) => {
        const code = keycodeOfName(set, word) ?? numericKeycode(word);
        if (code === undefined) throw new ShellError(`invalid keycode: '${word}'`);
        return code;
      });
      await domain.sendKey(keycodes, { codeset, holdtime });
    },
  }),
  command({
    name: "send-process-signal",
    help: "Send signals to processes",
    about: "Send signals to processes in the guest",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      pid: data("the process ID"),
      signame: data("the signal number or name"),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      const pidText = args.pid;
      const signalName = args.signame;
      const pid = parseInteger(pidText, "long");
      if (pid === undefined)
        throw new ShellError(`Numeric value '${pidText}' for <pid> option is malformed or out of range`);
      const signum = signalNumber(signalName);
      if (signum === undefined) throw new ShellError(`malformed signal name: ${signalName}`);
      await shell.connection.remote.domainSendProcessSignal({ dom: domain.ref, pidValue: pid, signum, flags: 0 });
    },
  }),
];
