/**
 * From a sensor's spec, `KIND[:REST]`, to a source that is ready to run.
 */
import type { Readable } from 'node:stream';
import type { UsageError } from '../errors/errors.ts';
import type { Clock } from '../time/clock.ts';
import { openCsv } from './csv.ts';
import { randomProbe, sineProbe, squareProbe, walkProbe } from './generated.ts';
import { iioProbe } from './iio.ts';
import { nearest } from './nearest.ts';
import { ProblemLog } from './problem-log.ts';
import { Sampler } from './sampler.ts';
import type { Probe, ReportingSource } from './source.ts';
import { badSpec } from './spec-options.ts';
import { StdinSource } from './stdin.ts';
import { systemProbe } from './system.ts';
import { thermalProbe } from './thermal.ts';
import { tmp36Probe } from './tmp36.ts';

/** How sources are opened. */
export interface OpenSourceOptions {
  readonly clock: Clock;
  /** Samples (rows, for a file) a second, or as fast as the sink takes them. Default: the kind's own. */
  readonly rateHz?: number | 'max';
  /** Readings of each sensor, after which the source ends. Default: it ends by itself or never. */
  readonly count?: number;
  /** The folder that stands for /sys. Default: /sys. */
  readonly sysRoot?: string;
  /** Where `stdin` reads; without it that kind is refused. */
  readonly input?: Readable;
  /** Gets one line for people for what could not be read, each reason at most every 10 s. */
  readonly onProblem?: (message: string) => void;
}

/** A kind of sensor, for help texts. */
export interface SensorKind {
  readonly kind: string;
  /** How its spec is written. */
  readonly form: string;
  readonly summary: string;
  /** Samples a second where no rate is given; 0 where the source has its own pace. */
  readonly defaultRateHz: number;
}

interface OpenContext {
  readonly spec: string;
  readonly rest: string;
  readonly sysRoot: string;
  readonly problems: ProblemLog;
  readonly options: OpenSourceOptions;
}

type Opener = SensorKind &
  (
    | { readonly probe: (context: OpenContext) => Probe }
    | { readonly source: (context: OpenContext) => Promise<ReportingSource> }
  );

const KINDS: readonly Opener[] = [
  {
    kind: 'random',
    form: 'random[:seed=1,min=15,max=35,resolution=0.1,type=int,…]',
    summary: 'seeded random values',
    defaultRateHz: 100,
    probe: ({ spec, rest }) => randomProbe(spec, rest),
  },
  {
    kind: 'sine',
    form: 'sine[:period=10s,amplitude=5,mean=20,…]',
    summary: 'a sine wave',
    defaultRateHz: 100,
    probe: ({ spec, rest }) => sineProbe(spec, rest),
  },
  {
    kind: 'square',
    form: 'square[:period=10s,amplitude=5,mean=20,duty=0.5,…]',
    summary: 'a square wave',
    defaultRateHz: 100,
    probe: ({ spec, rest }) => squareProbe(spec, rest),
  },
  {
    kind: 'walk',
    form: 'walk[:seed=1,min=15,max=35,step=0.1,…]',
    summary: 'a seeded random walk within bounds',
    defaultRateHz: 100,
    probe: ({ spec, rest }) => walkProbe(spec, rest),
  },
  {
    kind: 'system',
    form: 'system',
    summary: 'processor load, memory, load average and thermal zones of this machine',
    defaultRateHz: 1,
    probe: ({ spec, rest, sysRoot, problems }) => systemProbe(spec, rest, sysRoot, problems),
  },
  {
    kind: 'thermal',
    form: 'thermal[:ZONE]',
    summary: 'thermal zones of this machine',
    defaultRateHz: 1,
    probe: ({ spec, rest, sysRoot, problems }) => thermalProbe(spec, rest, sysRoot, problems),
  },
  {
    kind: 'tmp36',
    form: 'tmp36:DEVICE[/CHANNEL]',
    summary: 'a TMP36 on a converter that Linux drives (IIO)',
    defaultRateHz: 100,
    probe: ({ spec, rest, sysRoot, problems }) => tmp36Probe(spec, rest, sysRoot, problems),
  },
  {
    kind: 'iio',
    form: 'iio:DEVICE[/CHANNEL]',
    summary: 'any other sensor that Linux drives (IIO)',
    defaultRateHz: 10,
    probe: ({ spec, rest, sysRoot, problems }) => iioProbe(spec, rest, sysRoot, problems),
  },
  {
    kind: 'stdin',
    form: 'stdin[:name=…,unit=…]',
    summary: 'lines of standard input: a number, or a JSON object',
    defaultRateHz: 0,
    source: async ({ spec, rest, problems, options: { input, clock, count } }) => {
      if (input === undefined) throw badSpec(spec, 'there is no input to read from here');
      return new StdinSource(spec, rest, {
        input,
        clock,
        problems,
        ...(count === undefined ? {} : { count }),
      });
    },
  },
  {
    kind: 'csv',
    form: 'csv:FILE[,speed=1,times=recorded]',
    summary: 'replays a CSV file',
    defaultRateHz: 0,
    source: ({ spec, rest, problems, options: { clock, rateHz, count } }) =>
      openCsv(spec, rest, {
        clock,
        problems,
        ...(rateHz === undefined ? {} : { rateHz }),
        ...(count === undefined ? {} : { count }),
      }),
  },
];

/** Every kind of sensor that there is. */
export const SENSOR_KINDS: readonly SensorKind[] = KINDS;

/**
 * Opens the source that a spec names; docs/SENSORS.md lists them.
 *
 * @example
 * const source = await openSource('sine:period=1s', { clock: systemClock, count: 100 });
 * await source.run(sink, AbortSignal.timeout(5_000));
 *
 * @throws UsageError SW_BAD_SENSOR for a spec that cannot be, SW_BAD_RATE, SW_USAGE;
 *   SensorError SW_SENSOR_FAILED for a device or file that is not there.
 */
export async function openSource(spec: string, options: OpenSourceOptions): Promise<ReportingSource> {
  const colon = spec.indexOf(':');
  const kind = colon === -1 ? spec : spec.slice(0, colon);
  const opener = KINDS.find(known => known.kind === kind);
  if (opener === undefined) throw unknownKind(spec, kind);
  const { clock, rateHz, count, sysRoot = '/sys', onProblem } = options;
  const problems = new ProblemLog(clock, onProblem);
  const context = { spec, rest: colon === -1 ? '' : spec.slice(colon + 1), sysRoot, problems, options };
  if ('source' in opener) return opener.source(context);
  const probe = opener.probe(context);
  const sampling = { spec, clock, problems, rateHz: rateHz ?? opener.defaultRateHz };
  return new Sampler(probe, count === undefined ? sampling : { ...sampling, count });
}

function unknownKind(spec: string, kind: string): UsageError {
  const names = KINDS.map(known => known.kind);
  const close = nearest(kind, names);
  const hint = close === undefined ? '' : `did you mean "${close}"? `;
  return badSpec(spec, `there is no sensor "${kind}": ${hint}There are ${names.join(', ')}`);
}
