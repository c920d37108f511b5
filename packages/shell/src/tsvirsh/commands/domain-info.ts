import { DomainControlState } from "@tsvirt/client";
import { type Command, command, data, flag } from "../../vsh/command.ts";
import type { Fact } from "../../vsh/output.ts";
import { orUndefined } from "../or-undefined.ts";
import { controlErrorText, controlText, reasonText, stateText } from "../states.ts";

/** Text in a fixed array of C characters, up to its NUL. */
function charsText(chars: Uint8Array): string {
  const end = chars.indexOf(0);
  return new TextDecoder().decode(end < 0 ? chars : chars.subarray(0, end));
}

/** What is known of a guest. */
export const commands: readonly Command[] = [
  command({
    name: "domcontrol",
    help: "domain control interface state",
    about: "Returns state of a control interface to the domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      const info = await domain.getControlInfo();
      const text = controlText(info.state);
      const shown =
        info.state !== DomainControlState.ok && info.state !== DomainControlState.error
          ? `${text} (${(Number(info.stateTime) / 1000).toFixed(3)}s)`
          : info.state === DomainControlState.error && info.details > 0
            ? `${text}: ${controlErrorText(info.details)}`
            : text;
      shell.out.value("control", shown);
    },
  }),
  command({
    name: "dominfo",
    help: "domain information",
    about: "Returns basic information about the domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      const { remote } = shell.connection;
      const yesNo = (value: boolean) => ({ value, text: value ? "yes" : "no" });
      const [osType, info, persistent, autostart, saved, model, label, messages] = await Promise.all([
        orUndefined(domain.getOsType()),
        domain.getInfo(),
        orUndefined(domain.isPersistent()),
        orUndefined(domain.getAutostart()),
        orUndefined(domain.hasManagedSaveImage()),
        orUndefined(remote.nodeGetSecurityModel(undefined)),
        orUndefined(remote.domainGetSecurityLabel({ dom: domain.ref })),
        orUndefined(domain.getMessages()),
      ]);
      const facts: Fact[] = [
        { key: "id", label: "Id:", value: domain.id === -1 ? { value: null, text: "-" } : domain.id },
        { key: "name", label: "Name:", value: domain.name },
        { key: "uuid", label: "UUID:", value: domain.uuid },
      ];
      if (osType !== undefined) facts.push({ key: "osType", label: "OS Type:", value: osType });
      facts.push(
        { key: "state", label: "State:", value: stateText(info.state) },
        { key: "cpus", label: "CPU(s):", value: info.nrVirtCpu },
      );
      if (info.cpuTime !== 0n) {
        const seconds = Number(info.cpuTime) / 1e9;
        facts.push({ key: "cpuTime", label: "CPU time:", value: { value: seconds, text: `${seconds.toFixed(1)}s` } });
      }
      facts.push(
        { key: "maxMemoryKib", label: "Max memory:", value: { value: info.maxMem, text: `${info.maxMem} KiB` } },
        { key: "usedMemoryKib", label: "Used memory:", value: { value: info.memory, text: `${info.memory} KiB` } },
        { key: "persistent", label: "Persistent:", value: persistent === undefined ? "unknown" : yesNo(persistent) },
      );
      if (autostart !== undefined) {
        const text = autostart ? "enable" : "disable";
        facts.push({ key: "autostart", label: "Autostart:", value: { value: autostart, text } });
      }
      facts.push({ key: "managedSave", label: "Managed save:", value: saved === undefined ? "unknown" : yesNo(saved) });
      const modelName = model ? charsText(model.model) : "";
      if (model && modelName !== "") {
        facts.push(
          { key: "securityModel", label: "Security model:", value: modelName },
          { key: "securityDoi", label: "Security DOI:", value: charsText(model.doi) },
        );
        const text = label ? charsText(label.label) : "";
        if (label && text !== "") {
          const enforcing = label.enforcing === 1 ? "enforcing" : "permissive";
          facts.push({
            key: "securityLabel",
            label: "Security label:",
            value: { value: text, text: `${text} (${enforcing})` },
          });
        }
      }
      for (const [at, message] of (messages ?? []).entries()) {
        facts.push({ key: `message${at}`, label: at === 0 ? "Messages:" : "", value: message });
      }
      shell.out.facts(facts, 16);
    },
  }),
  command({
    name: "domstate",
    help: "domain state",
    about: "Returns state about a domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      reason: flag("also print reason for the state"),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      const { state, reason } = await domain.getState();
      const [text, why] = [stateText(state), reasonText(state, reason)];
      shell.out.print(args.reason ? `${text} (${why})\n` : `${text}\n`);
      shell.out.json({ state: text, reason: why });
    },
  }),
];
