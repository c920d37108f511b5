import type { PartialOption } from "@tsvirt/codec/options";
import type { Channel, Interface, InterfaceSource } from "@tsvirt/model/domain";
import {
  BridgeNetdev,
  NicDevice,
  SocketNetdev,
  StreamNetdev,
  TapNetdev,
  UserNetdev,
  VhostUserNetdev,
  VhostVdpaNetdev,
  VirtioNetDevice,
} from "../argv/declarations/network-devices.ts";
import type { Argument } from "./argument.ts";
import { takePlace } from "./bus-names.ts";
import { backendOf } from "./chardevs.ts";
import { type DeviceReader, deviceReader, NoPlaceError, type Readable } from "./device-reader.ts";
import type { Definition, Draft, TypedText } from "./draft.ts";
import { numberOf, present, presentOrNone } from "./values.ts";
import { takeVirtio } from "./virtio.ts";

/** An interface's host end, and the arguments it came from. */
export interface HostEnd {
  readonly part: Partial<Interface> & Pick<Interface, "type">;
  readonly queues?: number | undefined;
  readonly vhost?: boolean | undefined;
  readonly from: readonly Argument[];
}

type NetdevReader = (draft: Draft, text: string) => Omit<HostEnd, "from"> & { readonly from?: readonly Argument[] };

type SourceParts = { readonly [K in keyof InterfaceSource]?: InterfaceSource[K] | undefined };

/** A source with nothing but these. */
function sourceWith(parts: SourceParts): InterfaceSource {
  return { ips: [], routes: [], ...present(parts) } as InterfaceSource;
}

/** A reader for one kind of `-netdev` by its declaration; whatever is left has no counterpart. */
function netdev<T extends { readonly type: string }>(
  declaration: Readable<T>,
  read: (draft: Draft, keys: PartialOption<T>) => ReturnType<NetdevReader> & { readonly left?: object },
): NetdevReader {
  return (draft, text) => {
    const { left = {}, ...result } = read(draft, declaration.parsePartial(text));
    const { rest: unknown, ...others } = left as { readonly rest?: Readonly<Record<string, unknown>> };
    // QEMU itself no longer looks at it.
    const { vhostforce: _force, ...rest } = unknown ?? {};
    const [first] = [...Object.entries(others), ...Object.entries(rest ?? {})].filter(
      ([, value]) => value !== undefined,
    );
    if (first) throw new NoPlaceError(`'${first[0]}' of its network back end has no counterpart`);
    return result;
  };
}

const readers: Readonly<Record<string, NetdevReader>> = {
  tap: netdev(TapNetdev, (_draft, keys) => {
    const {
      type: _type,
      id: _id,
      fd,
      fds,
      vhost,
      vhostfd,
      vhostfds,
      sndbuf,
      ifname,
      script,
      downscript,
      br,
      helper: _helper,
      queues,
      ...left
    } = keys;
    const count = numberOf(queues) ?? (fds === undefined ? undefined : fds.split(":").length);
    const common = {
      queues: count,
      vhost: vhost ?? (vhostfd !== undefined || vhostfds !== undefined ? true : undefined),
      left,
    };
    const tune = sndbuf === undefined ? {} : { tune: { sndbuf: BigInt(sndbuf) } };
    if (br !== undefined && ifname === undefined)
      return { part: { type: "bridge", source: sourceWith({ bridge: br }), ...tune }, ...common };
    const scriptOf = (path: string | undefined): string | undefined =>
      path === "no" || path === "" ? undefined : path;
    const [up, down] = [scriptOf(script), scriptOf(downscript)];
    return {
      part: {
        type: "ethernet",
        ...(ifname !== undefined && { target: { dev: ifname, ...(up === undefined && { managed: false }) } }),
        ...(up !== undefined && { script: up }),
        ...(down !== undefined && { downscript: down }),
        ...tune,
      },
      ...common,
    };
  }),
  bridge: netdev(BridgeNetdev, (_draft, { type: _type, id: _id, br = "br0", helper: _helper, ...left }) => ({
    part: { type: "bridge", source: sourceWith({ bridge: br }) },
    left,
  })),
  user: netdev(
    UserNetdev,
    (
      _draft,
      {
        type: _type,
        id: _id,
        net,
        "ipv6-prefix": prefix6,
        "ipv6-prefixlen": length6,
        "ipv6-net": net6,
        guestfwd,
        ...left
      },
    ) => {
      if (guestfwd && guestfwd.length > 0)
        throw new NoPlaceError("a forwarded address has no counterpart on a network card");
      const ips = [net, net6 ?? (prefix6 === undefined ? undefined : `${prefix6}/${length6 ?? 64}`)].flatMap((text) => {
        const [address = "", prefix] = text?.split("/") ?? [];
        if (text === undefined) return [];
        return [
          {
            family: address.includes(":") ? ("ipv6" as const) : ("ipv4" as const),
            address,
            ...(prefix !== undefined && { prefix: Number(prefix) }),
          },
        ];
      });
      return { part: { type: "user", ips }, left };
    },
  ),
  socket: netdev(SocketNetdev, (_draft, { type: _type, id: _id, connect, listen, mcast, udp, localaddr, ...left }) => {
    const kinds = { client: connect, server: listen, mcast, udp } as const;
    const kind = (["client", "server", "mcast", "udp"] as const).find((each) => kinds[each] !== undefined);
    if (kind === undefined) throw new NoPlaceError("a socket that neither connects nor listens has no counterpart");
    const [address, port] = splitPlace(kinds[kind] ?? "");
    const local = splitPlace(localaddr ?? "");
    return {
      part: {
        type: kind,
        source: sourceWith({
          address,
          port,
          local: kind === "udp" ? present({ address: local[0], port: local[1] }) : undefined,
        }),
      },
      left: { ...left, ...(kind !== "udp" && { localaddr }) },
    };
  }),
  stream: netdev(StreamNetdev, (_draft, { type: _type, id: _id, addr, server, ...left }) => {
    if (server === true || addr?.path === undefined)
      throw new NoPlaceError("a stream that is no client of a unix socket has no counterpart");
    if (!/passt/.test(addr.path)) throw new NoPlaceError("a stream to another program than passt has no counterpart");
    return { part: { type: "user", backend: { type: "passt" } }, left };
  }),
  "vhost-user": netdev(VhostUserNetdev, (draft, { type: _type, id: _id, chardev, queues, ...left }) => {
    const { backend, from } = backendOf(draft, chardev);
    const [source] = backend.sources;
    if (backend.type !== "unix" || source?.path === undefined) throw new NoPlaceError("vhost-user needs a unix socket");
    return {
      part: {
        type: "vhostuser",
        source: sourceWith({
          type: "unix",
          path: source.path,
          mode: source.mode === "bind" ? "server" : "client",
          reconnect: source.reconnect,
        }),
      },
      queues: numberOf(queues),
      from,
      left,
    };
  }),
  "vhost-vdpa": netdev(VhostVdpaNetdev, (draft, { type: _type, id: _id, vhostdev = "", ...left }) => {
    const from = draft.fdsets.filter(({ set }) => vhostdev === `/dev/fdset/${set}`).map(({ argument }) => argument);
    const opaque = from.length > 0 ? "an inherited descriptor: the device behind it is not known" : undefined;
    if (opaque !== undefined) for (const argument of from) argument.note(opaque);
    return { part: { type: "vdpa", source: sourceWith({ dev: vhostdev }) }, from, left };
  }),
};

function splitPlace(text: string): [string | undefined, number | undefined] {
  const match = /^(.*):(\d{1,5})$/.exec(text);
  if (!match) return [text === "" ? undefined : text, undefined];
  return [match[1] === "" ? undefined : match[1], Number(match[2])];
}

/** Reads a host end. Throws {@link NoPlaceError} for what documents cannot say. */
export function readHostEnd(draft: Draft, { type, text }: TypedText): HostEnd {
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (!read) throw new NoPlaceError(`the network back end '${type}' has no counterpart`);
  return { from: [], ...read(draft, text) };
}

/**
 * A user network that no card is on, only an address that leads to a character device: a channel of libvirt's. True if it is
 * one.
 */
export function readForwardedChannel(draft: Draft, { id, argument, value }: Definition<TypedText>): boolean {
  if (value.type !== "user") return false;
  const { type: _type, id: _id, guestfwd, ...left } = UserNetdev.parsePartial(value.text);
  const [, address, port, chardev] = /^tcp:([^:]+):(\d+)-chardev:(.+)$/.exec(guestfwd?.[0] ?? "") ?? [];
  if (guestfwd?.length !== 1 || address === undefined || Object.values(left).some((each) => each !== undefined))
    return false;
  const { backend, from } = backendOf(draft, chardev);
  const channel: Channel = { ...backend, target: { type: "guestfwd", address, port: Number(port) } };
  draft.add("channels", channel, argument, ...from);
  draft.keep(channel, id);
  // The numbers in the names of channels are their order.
  const numberIn = (device: Channel): number =>
    Number(/^channel(\d+)$/.exec(draft.ids.get(device) ?? "")?.[1] ?? Number.MAX_SAFE_INTEGER);
  draft.devices.channels.sort((a, b) => numberIn(a) - numberIn(b));
  return true;
}

/** The card's side of an interface. */
export interface Card {
  readonly model?: string | undefined;
  readonly mac?: string | undefined;
  readonly more?: Partial<Interface>;
}

/** Puts host end and card together. */
export function interfaceOf(draft: Draft, end: HostEnd, { model, mac, more }: Card): Interface {
  const queues = end.queues;
  const driver = {
    ...more?.driver,
    ...(end.vhost !== undefined &&
      model?.startsWith("virtio") === true &&
      draft.old && { name: end.vhost ? ("vhost" as const) : ("qemu" as const) }),
    ...(queues !== undefined && queues > 1 && { queues }),
  };
  const { driver: _driver, ...others } = more ?? {};
  return {
    ips: [],
    routes: [],
    portForwards: [],
    ...end.part,
    ...(mac !== undefined && { mac: { address: mac.toLowerCase() } }),
    ...(model !== undefined && { model }),
    ...others,
    ...(Object.keys(driver).length > 0 && { driver }),
  };
}

type NicTail = Omit<PartialOption<NicDevice>, "driver">;

/** What all cards have: MAC, ROM, boot order, place. */
function takeTail<K extends NicTail>(
  draft: Draft,
  keys: K,
): { readonly part: Partial<Interface>; readonly mac: string | undefined; readonly left: object } {
  const { netdev: _netdev, id: _id, mac, bootindex, rombar, romfile, ...others } = keys;
  const { device: placed, left } = takePlace(others, draft.buses);
  const rom = presentOrNone({
    enabled: romfile === "" ? false : undefined,
    bar: rombar === undefined ? undefined : Number(rombar) !== 0,
    file: romfile === "" ? undefined : romfile,
  });
  return {
    mac,
    part: {
      ...(bootindex !== undefined && { boot: { order: Number(bootindex) } }),
      ...(rom && { rom }),
      ...placed,
    },
    left,
  };
}

function endOf(draft: Draft, id: string | undefined): HostEnd {
  if (id === undefined) throw new NoPlaceError("a card that is connected to nothing has no counterpart");
  const found = draft.netdevs.get(id);
  if (!found) throw new NoPlaceError(`there is no network back end '${id}'`);
  const end = readHostEnd(draft, found.value);
  return { ...end, from: [found.argument, ...end.from] };
}

const virtioNet = deviceReader(VirtioNetDevice, (draft, { driver = "virtio-net-pci", ...keys }, device) => {
  const { driver: options, model, address: implied, left: afterVirtio } = takeVirtio(driver, keys);
  const {
    tx,
    ioeventfd,
    event_idx: eventIdx,
    csum,
    gso,
    host_tso4,
    host_tso6,
    host_ecn,
    host_ufo,
    mrg_rxbuf,
    guest_csum,
    guest_tso4,
    guest_tso6,
    guest_ecn,
    guest_ufo,
    mq,
    vectors,
    rx_queue_size: rxQueueSize,
    tx_queue_size: txQueueSize,
    host_mtu: mtu,
    rss,
    hash,
    failover,
    ...tail
  } = afterVirtio;
  const end = endOf(draft, keys.netdev);
  const { part, mac, left } = takeTail(draft, tail);
  const queues = end.queues ?? (mq === true && vectors !== undefined ? (Number(vectors) - 2) / 2 : 1);
  // libvirt reckons both from the number of queues.
  const expected = queues > 1 ? 2 * queues + 2 : undefined;
  const driverPart = presentOrNone({
    txmode: tx === undefined ? undefined : tx === "timer" ? ("timer" as const) : ("iothread" as const),
    ioeventfd,
    eventIdx,
    rxQueueSize: numberOf(rxQueueSize),
    txQueueSize: numberOf(txQueueSize),
    rss,
    rssHashReport: hash,
    ...options,
    host: presentOrNone({
      csum,
      gso,
      tso4: host_tso4,
      tso6: host_tso6,
      ecn: host_ecn,
      ufo: host_ufo,
      mrgRxbuf: mrg_rxbuf,
    }),
    guest: presentOrNone({ csum: guest_csum, tso4: guest_tso4, tso6: guest_tso6, ecn: guest_ecn, ufo: guest_ufo }),
  });
  const nic = interfaceOf(
    draft,
    { ...end, queues },
    {
      model: model ?? "virtio",
      mac,
      more: {
        ...part,
        ...(implied && !part.address && { address: implied }),
        ...(driverPart && { driver: driverPart }),
        ...(mtu !== undefined && { mtu: Number(mtu) }),
        ...(failover === true && { teaming: { type: "persistent" } }),
      },
    },
  );
  draft.add("interfaces", nic, device.argument, ...end.from);
  draft.keep(nic, keys.id, {
    ...left,
    ...(mq !== undefined && mq !== queues > 1 && { mq }),
    ...(vectors !== undefined && Number(vectors) !== expected && { vectors }),
  });
});

/** Cards that QEMU 7.2 has besides virtio's: a device of another name may be anything. */
const cards = (
  "e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82550 i82551 i82557a i82557b i82557c i82558a i82558b i82559a " +
  "i82559b i82559c i82559er i82562 i82801 ne2k_isa ne2k_pci pcnet rtl8139 tulip usb-net vmxnet3 igb rocker sungem " +
  "spapr-vlan lance virtio-net"
).split(" ");

const nic = deviceReader(
  NicDevice,
  (draft, { driver = "", failover, ...keys }, device) => {
    const end = endOf(draft, keys.netdev);
    const { part, mac, left } = takeTail(draft, keys);
    const entry = interfaceOf(draft, end, { model: driver, mac, more: part });
    draft.add("interfaces", entry, device.argument, ...end.from);
    draft.keep(entry, keys.id, { ...left, ...(failover !== undefined && { failover }) });
  },
  { drivers: cards },
);

/** Devices that are network cards. */
export const networkReaders: readonly DeviceReader[] = [virtioNet, nic];
