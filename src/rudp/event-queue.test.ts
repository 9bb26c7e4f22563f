import { describe, expect, it } from 'vitest';
import { EventQueue } from './event-queue.ts';

describe('events', () => {
  it('come in their order, the end of channel 0 and of the connection last', () => {
    const events = new EventQueue();
    events.close(2, 'why', true);
    events.end();
    events.push({ type: 'open' });
    events.push({ type: 'drain' });
    const types: (string | undefined)[] = [];
    for (let index = 0; index < 6; index++) types.push(events.shift(false)?.type);
    expect(types).toEqual(['open', 'drain', 'end', 'closed', undefined, undefined]);
  });

  it('that end something wait for the messages before', () => {
    const events = new EventQueue();
    events.end();
    events.close(0, '', false);
    events.push({ type: 'open' });
    expect(events.shift(true)).toEqual({ type: 'open' });
    expect(events.shift(true)).toBeUndefined();
    expect(events.shift(false)).toEqual({ type: 'end' });
  });

  it('of an end come once, and the first reason counts', () => {
    const events = new EventQueue();
    events.end();
    expect(events.shift(false)).toEqual({ type: 'end' });
    events.end();
    events.close(2, 'first', true);
    events.close(3, 'second', false);
    expect(events.shift(false)).toEqual({ type: 'closed', code: 2, reason: 'first', byPeer: true });
    expect(events.shift(false)).toBeUndefined();
  });
});
