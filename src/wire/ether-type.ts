/** The choice by an EtherType: of Ethernet II, of a tag, of SNAP, of a cooked capture. */
import { LAYER } from './layers.ts';
import type { Step, Walk } from './walk.ts';

/** The largest length of an IEEE 802.3 frame; from 1536 on the number is a type. */
export const MOST_802_3_LENGTH = 1_500;

/** What an EtherType stands for; `data` where nothing here reads it. */
export function stepOfEtherType(type: number): Step {
  switch (type) {
    case 0x0800:
      return LAYER.ipv4;
    case 0x86dd:
      return LAYER.ipv6;
    case 0x0806:
    case 0x8035:
      return LAYER.arp;
    case 0x8100:
    case 0x9100:
      return LAYER.vlan;
    case 0x88a8:
      return LAYER.serviceVlan;
    case 0x88e7:
      return LAYER.backboneTag;
    case 0x8847:
    case 0x8848:
      return LAYER.mpls;
    case 0x8864:
      return LAYER.pppoeSession;
    case 0x8870:
      return LAYER.llc;
    case 0x6558:
      return LAYER.ethernet;
    case 0x9000:
      return LAYER.loopbackTest;
    default:
      return LAYER.data;
  }
}

/** IPv4 in traces of Citrix Netscaler. */
const NETSCALER_IP = 0xfff2;

/** Adds the choice as a layer and makes it. */
export function etherType(walk: Walk, type: number): Step {
  const step = type === NETSCALER_IP ? LAYER.ipv4 : stepOfEtherType(type);
  // tshark names the choice only where it leads to something.
  if (step !== LAYER.data || walk.at < walk.end) walk.add(LAYER.etherType, 0);
  return step;
}

/**
 * What follows a field that is a length (IEEE 802.3) or a type (Ethernet II), after the walk has moved behind it. A
 * length also says where padding begins.
 */
export function lengthOrType(walk: Walk, value: number): Step {
  if (value > MOST_802_3_LENGTH) return etherType(walk, value);
  // Novell's raw 802.3: the checksum of an IPX packet where LLC should be.
  const isRaw = walk.at + 2 <= walk.end && walk.u16(0) === 0xffff;
  walk.limit(value);
  return isRaw ? LAYER.data : LAYER.llc;
}
