/**
 * Which link type a capture of an interface has, by the kernel's number for its hardware (ARPHRD_, if_arp.h).
 */

export interface LinkLayer {
  /** LINKTYPE of the packets in the file. */
  readonly linkType: number;
  /** The packets come without their link layer; a Linux cooked header stands in for it. */
  readonly isHeadless: boolean;
  /** Frames with an EtherType of our choice may be sent without harm. */
  readonly takesSentinels: boolean;
}

const ETHERNET = 1;
const RAW = 101;
const LINUX_COOKED_V2 = 276;

const ARPHRD_ETHERNET = 1;
const ARPHRD_LOOPBACK = 772;
/** Packets without any link layer: tunnels of IP in IP, and what has no kind (tun, WireGuard). */
const WITHOUT_HEADER: ReadonlySet<number> = new Set([768, 769, 776, 0xfffe]);

/** @param hardware undefined: all interfaces at once */
export function linkLayerOf(hardware: number | undefined): LinkLayer {
  if (hardware === ARPHRD_ETHERNET || hardware === ARPHRD_LOOPBACK) {
    return { linkType: ETHERNET, isHeadless: false, takesSentinels: true };
  }
  if (hardware !== undefined && WITHOUT_HEADER.has(hardware)) {
    return { linkType: RAW, isHeadless: false, takesSentinels: false };
  }
  // All interfaces: the loopback one takes the sentinels.
  return { linkType: LINUX_COOKED_V2, isHeadless: true, takesSentinels: hardware === undefined };
}
