/** The protocol numbers of IP, which are also what IPv6 extension headers name. */
import { LAYER } from './layers.ts';
import type { Step } from './walk.ts';

const NO_NEXT_HEADER = 59;

/** What follows an IP header or an IPv6 extension header; `data` where nothing here reads it. */
export function stepOfProtocol(protocol: number): Step {
  switch (protocol) {
    case 0:
      return LAYER.ipv6HopByHop;
    case 1:
      return LAYER.icmp;
    case 4:
      return LAYER.ipv4;
    case 6:
      return LAYER.tcp;
    case 17:
      return LAYER.udp;
    case 41:
      return LAYER.ipv6;
    case 43:
      return LAYER.ipv6Routing;
    case 44:
      return LAYER.ipv6Fragment;
    case 47:
      return LAYER.gre;
    case 51:
      return LAYER.authentication;
    case 58:
      return LAYER.icmpv6;
    case 60:
      return LAYER.ipv6Destination;
    case 137:
      return LAYER.mpls;
    case 143:
      return LAYER.ethernet;
    default:
      return LAYER.data;
  }
}

/** The same for IPv6, which has a number for nothing at all: bytes that follow that are data. */
export function stepOfNextHeader(next: number): Step {
  return next === NO_NEXT_HEADER ? LAYER.data : stepOfProtocol(next);
}
