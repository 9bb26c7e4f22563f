/** Which header a frame begins with, by the LINKTYPE of its interface (https://www.tcpdump.org/linktypes.html). */
import { LAYER } from './layers.ts';
import { STEP, type Step } from './walk.ts';

export const LINK_TYPE = {
  null: 0,
  ethernet: 1,
  ppp: 9,
  /** LLC over ATM. */
  rfc1483Bsd: 11,
  rawBsd: 12,
  rawOpenBsd: 14,
  pppHdlc: 50,
  pppoe: 51,
  rfc1483: 100,
  raw: 101,
  ciscoHdlc: 104,
  wlan: 105,
  loop: 108,
  ciscoHdlcBsd: 112,
  linuxCooked: 113,
  radiotap: 127,
  pppWithDirection: 204,
  ipv4: 228,
  ipv6: 229,
  linuxCooked2: 276,
} as const;

export function stepOfLinkType(linkType: number): Step {
  switch (linkType) {
    case LINK_TYPE.ethernet:
      return LAYER.ethernet;
    case LINK_TYPE.null:
      return LAYER.nullLoopback;
    case LINK_TYPE.loop:
      return STEP.openBsdLoopback;
    case LINK_TYPE.ppp:
    case LINK_TYPE.pppHdlc:
    case LINK_TYPE.pppWithDirection:
      return STEP.hdlcPpp;
    case LINK_TYPE.pppoe:
      return LAYER.pppoeSession;
    case LINK_TYPE.rawBsd:
    case LINK_TYPE.rawOpenBsd:
    case LINK_TYPE.raw:
      return LAYER.raw;
    case LINK_TYPE.rfc1483:
    case LINK_TYPE.rfc1483Bsd:
      return LAYER.llc;
    case LINK_TYPE.ciscoHdlc:
    case LINK_TYPE.ciscoHdlcBsd:
      return LAYER.ciscoHdlc;
    case LINK_TYPE.wlan:
      return LAYER.wlan;
    case LINK_TYPE.radiotap:
      return LAYER.radiotap;
    case LINK_TYPE.linuxCooked:
      return LAYER.linuxCooked;
    case LINK_TYPE.linuxCooked2:
      return STEP.cookedVersion2;
    case LINK_TYPE.ipv4:
      return STEP.anyIp;
    case LINK_TYPE.ipv6:
      return LAYER.ipv6;
    default:
      return LAYER.data;
  }
}
