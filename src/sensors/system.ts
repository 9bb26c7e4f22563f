/**
 * The machine itself: processor load, memory in use, load average and its thermal zones.
 *
 * The kernel counts processor time in hundredths of a second, so a load over less than `CPU_WINDOW_US` is mostly
 * rounding: sampled faster, the last value repeats. That also keeps 100 Hz cheap, since counting is what costs.
 */
import { cpus, freemem, loadavg, platform, totalmem } from 'node:os';
import { sensorInfo } from '../readings/sensor-info.ts';
import type { ProblemLog } from './problem-log.ts';
import type { Probe } from './source.ts';
import { SpecOptions } from './spec-options.ts';
import { readWholeNumber } from './sysfs.ts';
import { thermalZones } from './thermal.ts';

/** 25 ticks of the kernel's clock on one processor: steps of 4 %, of 1 % on four. */
const CPU_WINDOW_US = 250_000;

/** What the machine says of itself; replaced in tests. */
export interface Machine {
  /** Processor time since boot, any unit: busy and altogether. */
  cpuTimes(): { readonly busy: number; readonly total: number };
  /** From 0 to 1. */
  memoryUsed(): number;
  /** Average of processes that ran or wanted to in the last minute; undefined where the system has none. */
  load(): number | undefined;
}

const thisMachine: Machine = {
  cpuTimes() {
    let [busy, total] = [0, 0];
    for (const { times } of cpus()) {
      const sum = times.user + times.nice + times.sys + times.idle + times.irq;
      busy += sum - times.idle;
      total += sum;
    }
    return { busy, total };
  },
  memoryUsed: () => 1 - freemem() / totalmem(),
  load: () => (platform() === 'win32' ? undefined : loadavg()[0]),
};

const PERCENT = { unit: '%', type: 'int', scale: 0.1 } as const;

/** `system`: sensors `cpu`, `memory`, `load` and `thermal/…`. */
export function systemProbe(
  spec: string,
  text: string,
  sysRoot: string,
  problems: ProblemLog,
  machine: Machine = thisMachine,
): Probe {
  SpecOptions.parse(spec, text, []);
  const zones = thermalZones(sysRoot);
  const cpuLoad = cpuMeter(machine);
  const hasLoad = machine.load() !== undefined;
  return {
    sensors: [
      sensorInfo({ name: 'cpu', ...PERCENT }),
      sensorInfo({ name: 'memory', ...PERCENT }),
      ...(hasLoad ? [sensorInfo({ name: 'load', type: 'int', scale: 0.01 })] : []),
      ...zones.map(({ sensor }) => sensor),
    ],
    sample: elapsedUs => [
      Math.round(cpuLoad(elapsedUs) * 1000),
      Math.round(machine.memoryUsed() * 1000),
      ...(hasLoad ? [Math.round((machine.load() ?? 0) * 100)] : []),
      ...zones.map(({ path }) => readWholeNumber(path, problems)),
    ],
    close: () => undefined,
  };
}

/**
 * Busy time as a part of all, from 0 to 1, since the window before. The first covers the time since this was
 * made, or since boot where no tick of the kernel's clock has passed since.
 */
function cpuMeter(machine: Machine): (elapsedUs: number) => number {
  let before = machine.cpuTimes();
  let load: number | undefined;
  let windowFromUs = 0;
  return elapsedUs => {
    if (load !== undefined && elapsedUs - windowFromUs < CPU_WINDOW_US) return load;
    const now = machine.cpuTimes();
    const total = now.total - before.total;
    if (total > 0) load = Math.min(1, Math.max(0, (now.busy - before.busy) / total));
    else load ??= now.total === 0 ? 0 : now.busy / now.total;
    before = now;
    windowFromUs = elapsedUs;
    return load;
  };
}
