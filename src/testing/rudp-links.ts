/**
 * The kinds of links that simulations of reliable UDP run over.
 */
import type { LinkSettings } from '../link/settings.ts';
import { parseLinkSettings } from '../link/settings-text.ts';

export interface LinkKind {
  readonly name: string;
  readonly up: Partial<LinkSettings>;
  readonly down: Partial<LinkSettings>;
  /** Too slow for much. */
  readonly isSlow: boolean;
  /** So bad that even CLOSE may be lost as often as it is sent. */
  readonly isTerrible: boolean;
}

const KINDS: readonly [name: string, up: string, down?: string][] = [
  ['no delay', ''],
  ['lan', 'delay=100us,rate=1gbit,queue=1000'],
  ['lan, bad', 'delay=1ms,loss=5%'],
  ['lan, clean', 'delay=1ms'],
  ['40 ms', 'delay=20ms'],
  ['40 ms, 1 %', 'delay=20ms,loss=1%'],
  ['40 ms, 5 %', 'delay=20ms,loss=5%'],
  ['40 ms, 20 %', 'delay=20ms,loss=20%'],
  ['terrible: 40 ms, 40 %', 'delay=20ms,loss=40%'],
  ['200 ms, 5 %', 'delay=100ms,loss=5%'],
  ['satellite', 'satellite'],
  ['2 s round trip', 'delay=1s,loss=2%'],
  ['jitter in order', 'delay=30ms,jitter=25ms,loss=1%'],
  ['jitter out of order', 'delay=20ms,jitter=15ms,reorder_ok=1'],
  ['5 % held', 'delay=20ms,reorder=5%:25ms'],
  ['much out of order', 'delay=10ms,jitter=10ms,reorder_ok=1,reorder=20%:60ms,loss=2%'],
  ['doubled', 'delay=5ms,dup=30%'],
  ['doubled, late and lost', 'delay=15ms,dup=20%,reorder=10%:40ms,loss=10%'],
  ['bursts', 'delay=20ms,ge=2%:25%'],
  ['outages', 'delay=20ms,get=950ms:50ms'],
  ['slow: 64 kbit/s', 'delay=30ms,rate=64kbit,queue=10'],
  ['slow: 200 kbit/s, deep queue', 'delay=20ms,rate=200kbit,queue=200'],
  ['interop', 'interop'],
  ['shallow queue', 'delay=10ms,rate=20mbit,queue=4'],
  ['damage', 'delay=5ms,corrupt=10%'],
  ['1,228-byte packets', 'delay=5ms,mtu=1228,loss=1%'],
  ['1,450-byte packets', 'delay=10ms,mtu=1450,loss=3%'],
  ['lte', 'lte-up', 'lte'],
  ['wifi', 'wifi'],
  ['acknowledgements lost', 'delay=10ms', 'delay=10ms,loss=40%'],
  ['much up, little down', 'delay=20ms,rate=50mbit,queue=100', 'delay=60ms,rate=300kbit,queue=20'],
];

export const LINK_KINDS: readonly LinkKind[] = KINDS.map(([name, up, down]) => ({
  name,
  up: parseLinkSettings(up),
  down: parseLinkSettings(down ?? up),
  isSlow: name.startsWith('slow'),
  isTerrible: name.startsWith('terrible'),
}));
