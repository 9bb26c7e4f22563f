import { describe, expect, it } from 'vitest';
import { Gathering } from './gathering.ts';

function gathered(messages: number, intervalUs: number): Gathering {
  const gathering = new Gathering();
  for (let message = 0; message < messages; message++) {
    gathering.onMessage(message * intervalUs);
    if (message < messages - 1) gathering.onPacket();
  }
  return gathering;
}

describe('gathering', () => {
  it('never holds a thin stream, nor a few messages in a row', () => {
    expect(gathered(1, 0).untilUs).toBeUndefined();
    expect(gathered(20, 0).untilUs).toBeUndefined();
    expect(gathered(1_000, 10_000).untilUs).toBeUndefined();
    expect(gathered(1_000, 2_100).untilUs).toBeUndefined();
  });

  it('holds many small ones for 2 ms from the first, until a packet goes', () => {
    const gathering = gathered(1_000, 500);
    expect(gathering.untilUs).toBe(999 * 500 + 2_000);
    gathering.onMessage(1_000 * 500);
    expect(gathering.untilUs).toBe(999 * 500 + 2_000);
    gathering.onPacket();
    expect(gathering.untilUs).toBeUndefined();
  });

  it('ends soon after a pause', () => {
    const gathering = gathered(1_000, 500);
    gathering.onPacket();
    gathering.onMessage(60_000_000);
    expect(gathering.untilUs).toBeUndefined();
  });
});
