import { expect, it } from 'vitest';
import { Assembly } from './assembly.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { ReceiveChannel } from './receive-channel.ts';

it.each([0, 0x40])('channel %i forgets what it has delivered', id => {
  const channel = new ReceiveChannel(id);
  const deliveries = new DeliveryQueue();
  const bytes = Uint8Array.of(1, 2);
  const assembly = new Assembly(2);
  channel.addPartial(1, assembly);
  expect(channel.undelivered).toBe(1);
  channel.complete(1, assembly.bytes, deliveries);
  channel.complete(3, bytes, deliveries);
  expect(channel.undelivered).toBe(id === 0 ? 2 : 0);
  channel.complete(0, bytes, deliveries);
  channel.complete(2, bytes, deliveries);
  expect([channel.undelivered, channel.next, deliveries.length]).toEqual([0, 4, 4]);
});
