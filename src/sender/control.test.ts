import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors/errors.ts';
import { sensorInfo } from '../readings/sensor-info.ts';
import type { ControllableSource, Source } from '../sensors/source.ts';
import { COMMAND_ACTION, COMMAND_STATUS, type Command } from '../telemetry/messages/types.ts';
import { controlSources } from './control.ts';

const WAVE = sensorInfo({ name: 'wave', type: 'float64' });
const LINE = sensorInfo({ name: 'line', type: 'text' });

const command = (action: number, rateHz = 0): Command => ({ command: 1, action, sensor: undefined, rateHz });

function setUp(): {
  did: string[];
  said: string[];
  control: ReturnType<typeof controlSources>;
} {
  const did: string[] = [];
  const said: string[] = [];
  const wave: ControllableSource = {
    spec: 'sine',
    sensors: [WAVE],
    run: () => Promise.resolve(),
    setRate(rateHz) {
      if (rateHz > 1000) throw new UsageError('SW_BAD_RATE', 'at most 1000 Hz');
      did.push(`rate ${rateHz}`);
    },
    pause: () => void did.push('pause'),
    resume: () => void did.push('resume'),
  };
  const line: Source = { spec: 'stdin', sensors: [LINE], run: () => Promise.resolve() };
  return { did, said, control: controlSources([wave, line], text => said.push(text)) };
}

describe("a collector's command", () => {
  it('reaches the sources that can follow it, and is said', () => {
    const { did, said, control } = setUp();
    for (const [action, rateHz] of [
      [COMMAND_ACTION.rate, 5],
      [COMMAND_ACTION.pause, 0],
      [COMMAND_ACTION.resume, 0],
    ] as const)
      expect(control(command(action, rateHz), undefined)).toEqual({
        status: COMMAND_STATUS.done,
        reason: '',
      });
    expect(did).toEqual(['rate 5', 'pause', 'resume']);
    expect(said).toEqual(['sine: 5 Hz', 'sine: paused', 'sine: resumed']);
  });

  it('is refused with a reason where the source cannot', () => {
    const { did, control } = setUp();
    expect(control(command(COMMAND_ACTION.pause), LINE)).toEqual({
      status: COMMAND_STATUS.impossible,
      reason: 'stdin gives readings when it has them and takes no commands',
    });
    expect(control(command(COMMAND_ACTION.rate, 5_000), WAVE)).toEqual({
      status: COMMAND_STATUS.impossible,
      reason: 'at most 1000 Hz',
    });
    expect(did).toEqual([]);
  });
});
