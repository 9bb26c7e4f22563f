/**
 * What differs between link types: how a frame says which protocol it carries, and where that one's header starts.
 */
import { ANCILLARY, BPF } from './bpf.ts';
import { ALWAYS, and, byteIs, equal, load, loadAt, NEVER, not, or, read, type Tree, test } from './tree.ts';

export interface Layout {
  /** For messages. */
  readonly name: string;
  /** Offset of the header above the link layer's; undefined where no frame has a fixed one. */
  readonly payload: number;
  /** The frame carries this EtherType, or for values up to 1500 this LLC destination. */
  carries(etherType: number): Tree;
  /** Offsets of hardware addresses, where frames have both. */
  readonly hardware?: { readonly source: number; readonly destination: number };
  /** This machine sent the frame, where that can be told. */
  readonly isOutgoing?: Tree;
  /** The link layer's own bytes cannot be read: the kernel has taken them away. */
  readonly isHeadless?: boolean;
}

/** Values up to this in the type field of Ethernet are lengths (IEEE 802.3). */
const MOST_LENGTH = 1_500;
/** `sll_pkttype` of a packet that this machine sent (packet(7)). */
const OUTGOING = 4;
/** The protocol of Linux cooked headers whose payload starts with LLC. */
const LINUX_LLC = 4;

/** AF_INET is 2 everywhere; AF_INET6 is 10 on Linux, 24, 28 and 30 on the BSDs and macOS. */
const FAMILIES: ReadonlyMap<number, readonly number[]> = new Map([
  [0x0800, [2]],
  [0x86dd, [10, 24, 28, 30]],
]);

/** @param shift bytes of VLAN tags before the type */
export function ethernetLayout(shift = 0): Layout {
  const type = 12 + shift;
  return {
    name: 'Ethernet',
    payload: type + 2,
    carries: etherType =>
      etherType > MOST_LENGTH
        ? equal(loadAt(type, 2), etherType)
        : and(not(test(loadAt(type, 2), BPF.jgt, MOST_LENGTH)), byteIs(type + 2, etherType)),
    hardware: { source: 6, destination: 0 },
  };
}

/** Packets without a link layer: the version of IP tells. */
const RAW: Layout = {
  name: 'raw IP',
  payload: 0,
  carries: etherType =>
    etherType === 0x0800
      ? equal(loadAt(0, 1, 0xf0), 0x40)
      : etherType === 0x86dd
        ? equal(loadAt(0, 1, 0xf0), 0x60)
        : NEVER,
};

function onlyLayout(name: string, only: number): Layout {
  return { name, payload: 0, carries: etherType => (etherType === only ? ALWAYS : NEVER) };
}

/** BSD's loopback: the address family, in the byte order of the machine that captured, which nobody knows. */
const LOOPBACK: Layout = {
  name: 'BSD loopback',
  payload: 4,
  carries: etherType =>
    or(
      ...(FAMILIES.get(etherType) ?? []).flatMap(family => [
        equal(loadAt(0, 4), family),
        equal(loadAt(0, 4), family * 0x100_0000),
      ]),
    ),
};

function cookedLayout(name: string, protocol: number, payload: number, packetType: Tree): Layout {
  return {
    name,
    payload,
    carries: etherType =>
      etherType > MOST_LENGTH
        ? equal(loadAt(protocol, 2), etherType)
        : and(equal(loadAt(protocol, 2), LINUX_LLC), byteIs(payload, etherType)),
    isOutgoing: packetType,
  };
}

/** By LINKTYPE. */
const LAYOUTS: ReadonlyMap<number, Layout> = new Map([
  [0, LOOPBACK],
  [1, ethernetLayout()],
  [12, RAW],
  [14, RAW],
  [101, RAW],
  [108, LOOPBACK],
  [113, cookedLayout('Linux cooked', 14, 16, equal(loadAt(0, 2), OUTGOING))],
  [228, onlyLayout('IPv4', 0x0800)],
  [229, onlyLayout('IPv6', 0x86dd)],
  [276, cookedLayout('Linux cooked v2', 0, 20, byteIs(10, OUTGOING))],
]);

/** undefined: there are no filters for this link type. */
export function layoutOf(linkType: number): Layout | undefined {
  return LAYOUTS.get(linkType);
}

/** For messages. */
export const LINK_TYPES_WITH_FILTERS: readonly number[] = [...LAYOUTS.keys()];

/** What the kernel knows of a packet beside its bytes. */
export function ancillary(offset: number): ReturnType<typeof load> {
  return load([read(4, offset)]);
}

const IS_OUTGOING: Tree = equal(ancillary(ANCILLARY.packetType), OUTGOING);

/** In the kernel: a socket that gets packets with their link layer's header. */
export function withKernel(layout: Layout): Layout {
  return { ...layout, isOutgoing: IS_OUTGOING };
}

/** In the kernel: a socket that gets packets from the header above the link layer's on (SOCK_DGRAM of packet(7)). */
export const HEADLESS: Layout = {
  name: 'every interface',
  payload: 0,
  carries: etherType =>
    etherType > MOST_LENGTH
      ? equal(ancillary(ANCILLARY.protocol), etherType)
      : and(equal(ancillary(ANCILLARY.protocol), LINUX_LLC), byteIs(0, etherType)),
  isOutgoing: IS_OUTGOING,
  isHeadless: true,
};
