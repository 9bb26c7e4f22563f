import { describe, expect, it } from 'vitest';
import { ManualClock } from '../time/manual-clock.ts';
import { DatagramPeers } from './datagram-peers.ts';

function table(most = 100) {
  const clock = new ManualClock();
  const log: string[] = [];
  const peers = new DatagramPeers({
    clock,
    forgetUs: 100,
    most,
    onCame: ({ url }) => log.push(`+${url}`),
    onLeft: ({ url, datagramsIn, bytesIn }, why) => log.push(`-${url} ${datagramsIn} ${bytesIn} ${why}`),
  });
  const heard = (name: string): void => void peers.heard(name, 10, () => name);
  return { clock, log, peers, heard };
}

describe('datagram peers', () => {
  it('come with their first datagram and leave when they are silent', () => {
    const { clock, log, peers, heard } = table();
    heard('a');
    clock.advanceTo(60);
    heard('b');
    heard('a');
    clock.advanceTo(120);
    heard('a');
    expect(log).toEqual(['+a', '+b']);
    clock.advanceTo(160);
    expect(log).toEqual(['+a', '+b', '-b 1 10 silent']);
    clock.advanceTo(1_000);
    expect(log.at(-1)).toBe('-a 3 30 silent');
    expect([[...peers.present].length, clock.nextTimerUs()]).toEqual([0, undefined]);
    heard('a');
    clock.advanceTo(1_100);
    expect(log.slice(-2)).toEqual(['+a', '-a 1 10 silent']);
  });

  it('are forgotten where there are too many, the one silent for longest first', () => {
    const { log, peers, heard } = table(2);
    heard('a');
    heard('b');
    heard('a');
    heard('c');
    expect(log).toEqual(['+a', '+b', '-b 1 10 crowded', '+c']);
    expect([...peers.present].map(({ url }) => url)).toEqual(['a', 'c']);
  });

  it('leave at the end, and no timer stays', () => {
    const { clock, log, peers, heard } = table();
    heard('a');
    peers.close();
    expect(log).toEqual(['+a', '-a 1 10 end']);
    expect(clock.nextTimerUs()).toBeUndefined();
  });
});
