import { expect, test } from 'vitest';
import { RoundTrips } from './rudp-rtts.ts';

test('keeps all of few, and of very many as many from the beginning as from the end', () => {
  const few = new RoundTrips();
  for (let frame = 1; frame <= 100; frame++) few.add(frame, 10 * frame);
  expect(few.frames).toHaveLength(100);
  const many = new RoundTrips();
  const count = 100_000;
  for (let frame = 0; frame < count; frame++) many.add(frame, 10 * frame);
  const { frames, times } = many;
  expect(frames.length).toBeGreaterThan(2_048);
  expect(frames.length).toBeLessThanOrEqual(4_096);
  const [first = -1, second = -1] = frames;
  expect(first).toBe(0);
  frames.forEach((frame, index) => {
    expect(frame).toBe(second * index);
    expect(times[index]).toBe(10 * frame);
  });
  expect(count - (frames.at(-1) ?? 0)).toBeLessThanOrEqual(second);
});
