import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ArrivalQueue, type LinkPacket } from './arrival-queue.ts';

it('gives packets by arrival, then by number, whatever order they came in', () => {
  const steps = fc.array(fc.oneof(fc.constant('shift' as const), fc.nat(20)), {
    maxLength: 500,
    size: 'max',
  });
  fc.assert(
    fc.property(steps, arrivals => {
      const queue = new ArrivalQueue();
      const model: LinkPacket[] = [];
      for (const [number, step] of arrivals.entries()) {
        if (step !== 'shift') {
          const packet = { bytes: new Uint8Array(0), tag: 0, number, sentUs: 0, arrivalUs: step };
          queue.push(packet);
          model.push(packet);
          model.sort((a, b) => a.arrivalUs - b.arrivalUs || a.number - b.number);
        } else if (model.length > 0) expect(queue.shift()).toBe(model.shift());
        expect([queue.length, queue.first]).toEqual([model.length, model[0]]);
      }
    }),
  );
});
