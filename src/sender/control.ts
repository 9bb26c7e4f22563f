/**
 * A collector's commands to the sources that they are for.
 */

import { SensewireError } from '../errors/errors.ts';
import { type SensorInfo, sameSensor } from '../readings/sensor-info.ts';
import { isControllable, type Source } from '../sensors/source.ts';
import { COMMAND_ACTION, COMMAND_STATUS, type Command } from '../telemetry/messages/types.ts';
import type { CommandOutcome } from './sender.ts';

/** Gives a sender's `onCommand` for these sources. */
export function controlSources(
  sources: readonly Source[],
  onDone: (text: string) => void,
): (command: Command, sensor: SensorInfo | undefined) => CommandOutcome {
  return (command, sensor) => {
    const meant = sources.filter(
      source => sensor === undefined || source.sensors.some(own => sameSensor(own, sensor)),
    );
    const able = meant.filter(isControllable);
    if (able.length === 0) {
      const names = meant.map(({ spec }) => spec).join(', ') || sensor?.name;
      return {
        status: COMMAND_STATUS.impossible,
        reason: `${names} gives readings when it has them and takes no commands`,
      };
    }
    try {
      for (const source of able) {
        if (command.action === COMMAND_ACTION.rate) source.setRate(command.rateHz);
        else if (command.action === COMMAND_ACTION.pause) source.pause();
        else source.resume();
      }
    } catch (error) {
      if (error instanceof SensewireError)
        return { status: COMMAND_STATUS.impossible, reason: error.message };
      throw error;
    }
    onDone(describe(command, able));
    return { status: COMMAND_STATUS.done, reason: '' };
  };
}

function describe(command: Command, sources: readonly Source[]): string {
  const names = sources.map(({ spec }) => spec).join(', ');
  if (command.action === COMMAND_ACTION.rate) return `${names}: ${command.rateHz} Hz`;
  return `${names}: ${command.action === COMMAND_ACTION.pause ? 'paused' : 'resumed'}`;
}
