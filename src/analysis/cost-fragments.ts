/**
 * Fragments of IP packets that wait for the rest: what they cost belongs to the conversation that is known with the last of
 * them.
 */
import { fragmentKey } from '../wire/fragments.ts';
import { LAYER } from '../wire/layers.ts';
import type { Packet } from '../wire/packet.ts';

/** Packets whose fragments wait; of others the cost stays with no conversation. */
const MOST_WAITING = 1_024;

/** What fragments have cost so far. */
export interface FragmentCost {
  frames: number;
  readonly layers: Float64Array;
  missingPadding: number;
}

export class FragmentCosts {
  readonly #waiting = new Map<string, FragmentCost>();

  /** Adds a fragment that completes nothing. */
  add(packet: Packet, layers: Float64Array, missingPadding: number): void {
    const key = keyOf(packet);
    if (key === undefined) return;
    let cost = this.#waiting.get(key);
    if (cost === undefined) {
      if (this.#waiting.size >= MOST_WAITING)
        for (const oldest of this.#waiting.keys()) if (this.#waiting.delete(oldest)) break;
      cost = { frames: 0, layers: new Float64Array(layers.length), missingPadding: 0 };
      this.#waiting.set(key, cost);
    }
    cost.frames++;
    cost.missingPadding += missingPadding;
    for (let index = 0; index < layers.length; index++)
      cost.layers[index] = (cost.layers[index] as number) + (layers[index] as number);
  }

  /** Takes out what the other fragments of this packet have cost. */
  take(packet: Packet): FragmentCost | undefined {
    const key = keyOf(packet);
    if (key === undefined) return undefined;
    const cost = this.#waiting.get(key);
    this.#waiting.delete(key);
    return cost;
  }
}

/** Addresses and identification of the innermost IP header that is in the frame itself. */
function keyOf(packet: Packet): string | undefined {
  const { layerCount, layerKinds, layerStarts, layerSources, bytes } = packet;
  let ipv6 = -1;
  for (let index = layerCount - 1; index >= 0; index--) {
    if (layerSources[index] !== 0) continue;
    const at = layerStarts[index] as number;
    if (layerKinds[index] === LAYER.ipv6Fragment) ipv6 = at;
    else if (layerKinds[index] === LAYER.ipv4)
      return fragmentKey(bytes, at + 12, at + 16, 4, u16(bytes, at + 4) ^ (bytes[at + 9] as number));
    else if (layerKinds[index] === LAYER.ipv6 && ipv6 >= 0)
      return fragmentKey(bytes, at + 8, at + 24, 16, u16(bytes, ipv6 + 4) * 0x1_0000 + u16(bytes, ipv6 + 6));
  }
  return undefined;
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
