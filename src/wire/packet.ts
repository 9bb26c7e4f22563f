/**
 * One frame as the dissector found it: the stack of its layers, its innermost IP addresses, its TCP or UDP header.
 *
 * A single object is written again for every frame, and its bytes belong to whoever gave them: who keeps something
 * copies that. Tunnels and ICMP errors nest, and end in one TCP or UDP header at most; only UDP that carries a tunnel can stand
 * before it.
 */
import type { LayerKind } from './layers.ts';
import { type Layers, writePlainLayers } from './plain-layers.ts';
import { TcpHeader } from './tcp-header.ts';
import { UdpHeader } from './udp-header.ts';

const NO_BYTES = new Uint8Array(0);

/**
 * The deepest stack, and as many reassembled packets within each other: Wireshark gives up at 500 nested dissectors,
 * real traffic at about 12.
 */
export const MOST_LAYERS = 500;

/** A UDP datagram that carries the rest of the frame: MPLS or GRE over UDP. */
export class OuterDatagram {
  readonly udp: UdpHeader = new UdpHeader();
  /** As the fields of `Packet` with these names. */
  transportBytes: Uint8Array = NO_BYTES;
  family: 0 | 4 | 6 = 0;
  addressBytes: Uint8Array = NO_BYTES;
  sourceAddress = 0;
  destinationAddress = 0;
  sourceIpv4 = 0;
  destinationIpv4 = 0;
}

/** `Packet.transport`: a number, because it is asked for every packet. */
export const TRANSPORT = { none: 0, tcp: 6, udp: 17 } as const;

export class Packet {
  /** From 1 on, in the order of the file. */
  number = 0;
  /** Whole seconds since 1970; may be negative. */
  seconds = 0;
  /** 0 to 999,999,999. */
  nanoseconds = 0;
  /** False for a record without a time (a Simple Packet Block). */
  hasTime = true;
  /** LINKTYPE of the interface. */
  linkType = 0;
  /** Length on the wire. */
  length = 0;
  /** Bytes of it in the capture. */
  capturedLength = 0;
  /** The piece of the file that holds the frame. */
  bytes: Uint8Array = NO_BYTES;
  /** Where the frame starts in `bytes`. */
  start = 0;

  /** A frame of the short way (`plain-segment.ts`); then its layers are written when they are asked for. */
  isPlain = false;
  hasLayers = true;
  /** Layers, outermost first. */
  layerCount = 0;
  readonly #layers: Layers = {
    kinds: new Uint8Array(MOST_LAYERS),
    starts: new Uint32Array(MOST_LAYERS),
    ends: new Uint32Array(MOST_LAYERS),
    limits: new Float64Array(MOST_LAYERS),
    sources: new Uint8Array(MOST_LAYERS),
  };
  /** Packets put together from fragments that this frame completes; nearly always none. */
  readonly reassembled: Uint8Array[] = [];
  /** A fragment of an IP packet that it does not complete: nothing above IP is read. */
  isFragment = false;
  /** A header contradicts itself or ends too early: tshark's «Malformed Packet». */
  isMalformed = false;
  /** The capture holds less than the headers need (snap length): tshark's «Packet size limited during capture». */
  isCutShort = false;
  /** The innermost IP header, and what follows it, is what an ICMP or ICMPv6 error quotes. */
  isQuoted = false;

  /** How many IP headers there are, also those that are cut off. */
  ipCount = 0;
  /** 4, 6, or 0 where the frame has no IP header. */
  family: 0 | 4 | 6 = 0;
  /** The bytes that hold the innermost addresses. */
  addressBytes: Uint8Array = NO_BYTES;
  /** Room for addresses that a routing header or a home address option replaces. */
  readonly replacedAddresses: Uint8Array = new Uint8Array(32);
  /** Offsets in `addressBytes` of 4 or 16 bytes. The destination is the last one of a routing header that has one. */
  sourceAddress = 0;
  destinationAddress = 0;
  /** The addresses as numbers where `family` is 4. */
  sourceIpv4 = 0;
  destinationIpv4 = 0;

  /** A value of TRANSPORT. */
  transport: number = TRANSPORT.none;
  /** The bytes that hold the transport header and its payload: of the frame, or put together from fragments. */
  transportBytes: Uint8Array = NO_BYTES;
  /** Where the captured bytes of the packet end in them. */
  transportEnd = 0;
  /** Written only where `transport` says so. */
  readonly tcp: TcpHeader = new TcpHeader();
  readonly udp: UdpHeader = new UdpHeader();
  /**
   * UDP datagrams around what `transport` says, outermost first; nearly always none. The first `outerUdpCount` of
   * `outerUdps` count.
   */
  outerUdpCount = 0;
  readonly outerUdps: OuterDatagram[] = [];
  /** The captured payload of TCP or UDP in `transportBytes`; both 0 where there is neither. */
  payloadStart = 0;
  payloadEnd = 0;

  get layerKinds(): Uint8Array {
    return this.#written().kinds;
  }

  /** Where a layer's header starts in the bytes of its source (`bytesOf`). */
  get layerStarts(): Uint32Array {
    return this.#written().starts;
  }

  /**
   * Where the header ends; of `data` where the captured bytes of it end. Never beyond what was captured; where the
   * header is not all there, it ends with what is there.
   */
  get layerEnds(): Uint32Array {
    return this.#written().ends;
  }

  /** Where the room ends, on the wire, that the layers before give this one, its payload included; padding may follow. */
  get layerLimits(): Float64Array {
    return this.#written().limits;
  }

  /** 0: the layer is in the frame itself. n: in the nth packet put together from fragments. */
  get layerSources(): Uint8Array {
    return this.#written().sources;
  }

  /** The bytes in which a layer's offsets count. */
  bytesOf(layer: number): Uint8Array {
    const source = this.layerSources[layer] as number;
    return source === 0 ? this.bytes : (this.reassembled[source - 1] as Uint8Array);
  }

  /** Index of the outermost layer of a kind, or -1. */
  indexOf(kind: LayerKind): number {
    for (let index = 0; index < this.layerCount; index++) if (this.layerKinds[index] === kind) return index;
    return -1;
  }

  #written(): Layers {
    if (!this.hasLayers) {
      this.hasLayers = true;
      const { layerCount, start, length, tcp, payloadStart, payloadEnd } = this;
      writePlainLayers(this.#layers, layerCount, start, length, tcp.start, payloadStart, payloadEnd);
    }
    return this.#layers;
  }
}
