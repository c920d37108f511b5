import {
  type Domain,
  DomainMetadataType,
  DomainState,
  ConnectListAllDomainsFlags as ListFlags,
  VirtError,
} from "@tsvirt/client";
import { type Command, command, flag } from "../../vsh/command.ts";
import { ShellError } from "../../vsh/errors.ts";
import { bits } from "../flags.ts";
import { stateText } from "../states.ts";

/** Running ones by number, then the others by name. */
function inOrder(domains: readonly Domain[]): readonly Domain[] {
  return [...domains].sort((a, b) => {
    if (a.id !== -1 && b.id !== -1) return a.id - b.id;
    if (a.id !== -1 || b.id !== -1) return a.id !== -1 ? -1 : 1;
    const [left, right] = [a.name.toLowerCase(), b.name.toLowerCase()];
    return left < right ? -1 : left > right ? 1 : 0;
  });
}

async function titleOf(domain: Domain): Promise<string> {
  try {
    return await domain.getMetadata(DomainMetadataType.title);
  } catch (error) {
    // No title is an error; a guest that has gone has none either.
    if (error instanceof VirtError) return "";
    throw error;
  }
}

/** `undefined` when the guest has gone in the meantime. */
async function stateOf(domain: Domain): Promise<number | undefined> {
  try {
    return (await domain.getState()).state;
  } catch (error) {
    if (error instanceof VirtError) return undefined;
    throw error;
  }
}

/** The list of guests. */
export const commands: readonly Command[] = [
  command({
    name: "list",
    help: "list domains",
    about: "Returns list of domains.",
    options: {
      inactive: flag("list inactive domains"),
      all: flag("list inactive & active domains"),
      transient: flag("list transient domains"),
      persistent: flag("list persistent domains"),
      "with-snapshot": flag("list domains with existing snapshot"),
      "without-snapshot": flag("list domains without a snapshot"),
      "with-checkpoint": flag("list domains with existing checkpoint"),
      "without-checkpoint": flag("list domains without a checkpoint"),
      "state-running": flag("list domains in running state"),
      "state-paused": flag("list domains in paused state"),
      "state-shutoff": flag("list domains in shutoff state"),
      "state-other": flag("list domains in other states"),
      autostart: flag("list domains with autostart enabled"),
      "no-autostart": flag("list domains with autostart disabled"),
      "with-managed-save": flag("list domains with managed save state"),
      "without-managed-save": flag("list domains without managed save"),
      uuid: flag("list uuid's only"),
      name: flag("list domain names only"),
      id: flag("list domain IDs only"),
      table: flag("list table (default)"),
      "managed-save": flag("mark inactive domains with managed save state"),
      title: flag("show domain title"),
    },
    async run(shell, args) {
      const flags = bits(
        [args.inactive || args.all, ListFlags.inactive],
        [!args.inactive || args.all, ListFlags.active],
        [args.persistent, ListFlags.persistent],
        [args.transient, ListFlags.transient],
        [args["with-managed-save"], ListFlags.managedsave],
        [args["without-managed-save"], ListFlags.noManagedsave],
        [args.autostart, ListFlags.autostart],
        [args["no-autostart"], ListFlags.noAutostart],
        [args["with-snapshot"], ListFlags.hasSnapshot],
        [args["without-snapshot"], ListFlags.noSnapshot],
        [args["with-checkpoint"], ListFlags.hasCheckpoint],
        [args["without-checkpoint"], ListFlags.noCheckpoint],
        [args["state-running"], ListFlags.running],
        [args["state-paused"], ListFlags.paused],
        [args["state-shutoff"], ListFlags.shutoff],
        [args["state-other"], ListFlags.other],
      );
      for (const name of ["uuid", "name", "id"] as const) {
        if (args.table && args[name]) throw new ShellError(`Options --table and --${name} are mutually exclusive`);
      }
      const domains = inOrder(await shell.connection.listAllDomains({ flags }));
      const idOf = (domain: Domain) => (domain.id === -1 ? { value: null, text: "-" } : domain.id);
      if (args.uuid || args.name || args.id) {
        // Alone, numbers are those of running guests only.
        const onlyIds = args.id && !args.uuid && !args.name;
        shell.out.json(
          domains
            .filter(({ id }) => !onlyIds || id !== -1)
            .map((domain) => ({
              ...(args.uuid ? { uuid: domain.uuid } : {}),
              ...(args.id ? { id: domain.id === -1 ? null : domain.id } : {}),
              ...(args.name ? { name: domain.name } : {}),
            })),
        );
        for (const domain of domains.filter(({ id }) => !onlyIds || id !== -1)) {
          const words = [
            ...(args.uuid ? [domain.uuid] : []),
            ...(args.id ? [domain.id === -1 ? "-" : String(domain.id)] : []),
            ...(args.name ? [domain.name] : []),
          ];
          shell.out.print(`${words.join(" ")}\n`);
        }
        return;
      }
      const rows = await Promise.all(
        domains.map(async (domain) => {
          const [state, title, saved] = await Promise.all([
            stateOf(domain),
            args.title ? titleOf(domain) : undefined,
            args["managed-save"] && domain.id === -1 ? domain.hasManagedSaveImage().catch(() => false) : false,
          ]);
          if (state === undefined) return undefined;
          const text = saved && state === DomainState.shutoff ? "saved" : stateText(state);
          return [idOf(domain), domain.name, text, ...(title === undefined ? [] : [title]), domain.uuid];
        }),
      );
      shell.out.table(
        [
          { key: "id", title: "Id" },
          { key: "name", title: "Name" },
          { key: "state", title: "State" },
          ...(args.title ? [{ key: "title", title: "Title" }] : []),
          { key: "uuid" },
        ],
        rows.filter((row) => row !== undefined),
      );
    },
  }),
];
