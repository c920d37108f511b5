import { type Command, command, data } from "../../vsh/command.ts";

/** Commands that tell guests' names and numbers, and change them. */
export const commands: readonly Command[] = [
  command({
    name: "domid",
    help: "convert a domain name or UUID to domain id",
    options: {
      domain: data("domain name or uuid", { complete: "domain" }),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain, ["uuid", "name"]);
      shell.out.value("id", domain.id === -1 ? { value: null, text: "-" } : domain.id);
    },
  }),
  command({
    name: "domname",
    help: "convert a domain id or UUID to domain name",
    options: {
      domain: data("domain id or uuid", { complete: "domain" }),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain, ["id", "uuid"]);
      shell.out.value("name", domain.name);
    },
  }),
  command({
    name: "domrename",
    help: "rename a domain",
    about: "Rename an inactive domain.",
    options: {
      domain: data("domain name or uuid", { complete: "domain" }),
      "new-name": data("new domain name"),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      await domain.rename(args["new-name"]);
      shell.out.done("Domain successfully renamed", { domain: args["new-name"] });
    },
  }),
  command({
    name: "domuuid",
    help: "convert a domain name or id to domain UUID",
    options: {
      domain: data("domain id or name", { complete: "domain" }),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain, ["id", "name"]);
      shell.out.value("uuid", domain.uuid);
    },
  }),
];
