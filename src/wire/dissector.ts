/**
 * Takes a frame apart, header by header, into a `Packet`. Nothing is allocated for an ordinary frame, nothing throws,
 * and no offset leaves the captured bytes. The only state is fragments that wait for others.
 */
import { authentication } from './authentication.ts';
import { ethernet } from './ethernet.ts';
import { gre } from './gre.ts';
import { icmp, icmpv6 } from './icmp.ts';
import { anyIp, ipv4 } from './ipv4.ts';
import { ipv6 } from './ipv6.ts';
import { ipv6Fragment } from './ipv6-fragment.ts';
import { destinationOptions, hopByHop } from './ipv6-options.ts';
import { ipv6Routing } from './ipv6-routing.ts';
import { LAYER } from './layers.ts';
import { LINK_TYPE, stepOfLinkType } from './link-types.ts';
import { llc } from './llc.ts';
import { cookedVersion2, linuxCooked, nullLoopback, openBsdLoopback, raw } from './loopback.ts';
import { loopbackTest } from './loopback-test.ts';
import { mpls } from './mpls.ts';
import { settleOuter } from './outer-datagram.ts';
import { MOST_LAYERS, type Packet } from './packet.ts';
import { readPlainSegment } from './plain-segment.ts';
import { ciscoHdlc, hdlcPpp, ppp, pppoeSession } from './ppp.ts';
import { tcp } from './tcp.ts';
import { udp } from './udp.ts';
import { backboneTag, serviceVlan, vlan } from './vlan.ts';
import { STEP, type Step, Walk } from './walk.ts';
import { radiotap, wlan } from './wlan.ts';

/** A step adds two layers at most, and data may follow. */
const DEEPEST = MOST_LAYERS - 3;

export class Dissector {
  readonly #walk = new Walk();
  /** What `#view` shows: most often the piece of a file, with thousands of frames in it. */
  #viewed: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#viewed.buffer);

  /** Packets whose fragments were given up (see `FragmentTable`). */
  get abandonedFragments(): number {
    return this.#walk.fragments.abandoned;
  }

  /**
   * Writes what a frame holds into `packet`; its number and time are the caller's to set.
   *
   * @param start where in `bytes` the frame starts, of which `capturedLength` bytes are there
   * @param length of the frame on the wire
   * @param linkType LINKTYPE of the interface; of one that is not known nothing is read
   */
  dissect(
    bytes: Uint8Array,
    start: number,
    capturedLength: number,
    length: number,
    linkType: number,
    packet: Packet,
  ): void {
    packet.linkType = linkType;
    if (linkType === LINK_TYPE.ethernet && capturedLength === length) {
      if (bytes !== this.#viewed) this.#look(bytes);
      if (readPlainSegment(this.#view, bytes, start, length, packet)) return;
    }
    const walk = this.#walk;
    walk.begin(packet, bytes, start, capturedLength, length);
    let next = stepOfLinkType(linkType);
    while (next !== STEP.done && next !== LAYER.data && packet.layerCount < DEEPEST) {
      if (packet.isQuoted && walk.wireEnd - walk.at < leastQuoted(next)) break;
      next = take(next, walk);
    }
    if (next === LAYER.data && walk.at < walk.end) walk.add(LAYER.data, walk.end - walk.at);
    if (packet.outerUdpCount > 0) settleOuter(packet);
  }

  #look(bytes: Uint8Array): void {
    this.#viewed = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}

/**
 * Bytes of a header without which tshark does not speak of it within an ICMP error, because it gives up before the
 * first of its fields; elsewhere it names the header all the same.
 */
function leastQuoted(step: Step): number {
  switch (step) {
    case LAYER.tcp:
    case LAYER.udp:
    case LAYER.gre:
      return 4;
    case LAYER.icmp:
      return 6;
    case LAYER.ipv6Fragment:
      return 8;
    case LAYER.ipv6HopByHop:
    case LAYER.ipv6Destination:
      return 2;
    default:
      return 1;
  }
}

/** Of IPv4 over Ethernet (RFC 826). */
const ARP_LENGTH = 28;

function take(step: Step, walk: Walk): Step {
  switch (step) {
    case LAYER.ethernet:
      return ethernet(walk);
    case LAYER.ipv4:
      return ipv4(walk);
    case LAYER.tcp:
      return tcp(walk);
    case LAYER.udp:
      return udp(walk);
    case LAYER.ipv6:
      return ipv6(walk);
    case LAYER.vlan:
      return vlan(walk);
    case LAYER.serviceVlan:
      return serviceVlan(walk);
    case LAYER.backboneTag:
      return backboneTag(walk);
    case LAYER.mpls:
      return mpls(walk);
    case LAYER.pppoeSession:
      return pppoeSession(walk);
    case LAYER.ppp:
      return ppp(walk);
    case STEP.hdlcPpp:
      return hdlcPpp(walk);
    case LAYER.ciscoHdlc:
      return ciscoHdlc(walk);
    case LAYER.llc:
      return llc(walk);
    case LAYER.nullLoopback:
      return nullLoopback(walk);
    case LAYER.raw:
      return raw(walk);
    case LAYER.linuxCooked:
      return linuxCooked(walk);
    case STEP.cookedVersion2:
      return cookedVersion2(walk);
    case STEP.openBsdLoopback:
      return openBsdLoopback(walk);
    case STEP.anyIp:
      return anyIp(walk);
    case LAYER.ipv6HopByHop:
      return hopByHop(walk);
    case LAYER.ipv6Destination:
      return destinationOptions(walk);
    case LAYER.ipv6Routing:
      return ipv6Routing(walk);
    case LAYER.ipv6Fragment:
      return ipv6Fragment(walk);
    case LAYER.authentication:
      return authentication(walk);
    case LAYER.gre:
      return gre(walk);
    case LAYER.icmp:
      return icmp(walk);
    case LAYER.icmpv6:
      return icmpv6(walk);
    case LAYER.arp:
      walk.add(LAYER.arp, ARP_LENGTH);
      return STEP.done;
    case LAYER.wlan:
      return wlan(walk);
    case LAYER.radiotap:
      return radiotap(walk);
    case LAYER.loopbackTest:
      return loopbackTest(walk);
    default:
      return STEP.done;
  }
}
