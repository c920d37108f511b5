import { type PartialOption, splitKeyVals } from "@tsvirt/codec/options";
import { Nic } from "../argv/declarations/legacy-options.ts";
import { NetNic } from "../legacy/options.ts";
import type { Argument } from "./argument.ts";
import { NoPlaceError } from "./device-reader.ts";
import type { Draft, TypedText } from "./draft.ts";
import { type Card, type HostEnd, interfaceOf, readHostEnd } from "./network.ts";

/** The card that a board has if none is named. */
function defaultModel({ board, old }: Draft): string | undefined {
  if (old) return undefined;
  if (board.isQ35) return "e1000e";
  if (board.isVirt || board.isS390) return "virtio";
  return board.isX86 ? "e1000" : undefined;
}

function modelOf(draft: Draft, model: string | undefined): string | undefined {
  if (model === undefined) return defaultModel(draft);
  return /^virtio(?:-net)?(?:-pci|-ccw|-device)?$/.test(model) ? "virtio" : model;
}

type CardKeys = Pick<PartialOption<Nic>, "model" | "mac" | "macaddr" | "addr" | "rest">;

function cardOf(draft: Draft, { model, mac, macaddr, addr, rest }: CardKeys): Card {
  const [left] = Object.keys(rest ?? {});
  if (left !== undefined && left !== "vectors") throw new NoPlaceError(`'${left}' of the card has no counterpart`);
  const address = addr === undefined ? undefined : draft.buses.pci({ addr });
  return {
    model: modelOf(draft, model),
    mac: mac ?? macaddr,
    ...(address && { more: { address } }),
  };
}

function addInterface(draft: Draft, end: HostEnd, card: Card, ...from: readonly Argument[]): void {
  draft.add("interfaces", interfaceOf(draft, end, card), ...from, ...end.from);
}

/** `-nic`: both ends in one option. */
export function readNic(draft: Draft, argument: Argument): void {
  const type = argument.value.split(",", 1)[0] ?? "";
  if (type === "none") {
    argument.imply("no network goes without saying");
    return;
  }
  const cardKeys = new Set(Object.keys(Nic.fields).filter((name) => name !== "type"));
  const pairs = splitKeyVals(argument.value);
  const text = (keep: (key: string) => boolean): string =>
    pairs
      .filter(({ key }, index) => index === 0 || keep(key))
      .map(({ key, value }) => (value === undefined ? key : `${key}=${value.replaceAll(",", ",,")}`))
      .join(",");
  const card = cardOf(draft, Nic.parsePartial(text((key) => cardKeys.has(key))));
  const end = readHostEnd(draft, { type, text: text((key) => !cardKeys.has(key) || key === "id") });
  addInterface(draft, end, card, argument);
}

/** All of `-net`: cards and host ends that meet on a hub. */
export function readNets(draft: Draft, args: readonly Argument[]): void {
  const cards: { readonly argument: Argument; readonly keys: PartialOption<NetNic>; readonly hub: number }[] = [];
  const ends: { readonly argument: Argument; readonly end: TypedText; readonly hub: number }[] = [];
  for (const argument of args) {
    const type = argument.value.split(",", 1)[0] ?? "";
    if (type === "none") argument.imply("no network goes without saying");
    else if (type === "nic") {
      const keys = NetNic.parsePartial(argument.value);
      cards.push({ argument, keys, hub: Number(keys.vlan ?? 0) });
    } else {
      const pairs = splitKeyVals(argument.value);
      const hub = Number(pairs.find(({ key }) => key === "vlan")?.value ?? 0);
      const text = pairs
        .filter(({ key }) => key !== "vlan" && key !== "name")
        .map(({ key, value }) => (value === undefined ? key : `${key}=${value.replaceAll(",", ",,")}`))
        .join(",");
      ends.push({ argument, end: { type, text }, hub });
    }
  }
  for (const { argument, keys, hub } of cards) {
    tryPair(argument, () => {
      const card = cardOf(draft, keys);
      if (keys.netdev !== undefined) {
        const found = draft.netdevs.get(keys.netdev);
        if (!found) throw new NoPlaceError(`there is no network back end '${keys.netdev}'`);
        addInterface(draft, readHostEnd(draft, found.value), card, argument, found.argument);
        return;
      }
      const index = ends.findIndex((each) => each.hub === hub);
      const [found] = index === -1 ? [] : ends.splice(index, 1);
      if (!found) throw new NoPlaceError("no host end is left on its hub");
      try {
        addInterface(draft, readHostEnd(draft, found.end), card, argument, found.argument);
      } catch (error) {
        if (error instanceof NoPlaceError) found.argument.pass(error.message);
        throw error;
      }
    });
  }
  for (const { argument } of ends) argument.pass("no card is left on its hub");
}

function tryPair(argument: Argument, pair: () => void): void {
  try {
    pair();
  } catch (error) {
    if (!(error instanceof NoPlaceError)) throw error;
    argument.pass(error.message);
  }
}

/** QEMU's own network, which is there unless a line says otherwise. */
export function addDefaultNic(draft: Draft): void {
  const model = defaultModel(draft);
  if (model === undefined || !draft.board.isX86) return;
  addInterface(draft, { part: { type: "user" }, from: [] }, { model });
}
