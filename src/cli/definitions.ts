/**
 * Every command with its flags, defaults and examples: the contract of the command line.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { SensewireError } from '../errors/errors.ts';
import { parseDuration, parseRate } from '../time/quantities.ts';

/** Turns our errors for a flag's value into commander's, which names the flag. */
function flag<T>(parse: (text: string) => T): (text: string) => T {
  return text => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof SensewireError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

function wholeNumber(least: number): (text: string) => number {
  return text => {
    const value = Number(text);
    if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`Give a whole number from ${least} on.`);
    }
    return value;
  };
}

/** Gathers a flag that may be repeated. */
function repeated(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

const rate = (text: string): number | 'max' => (text === 'max' ? 'max' : flag(parseRate)(text));

const JSON_FLAG = ['--json', 'print events and the summary as JSON lines on standard output'] as const;
const QUIET_FLAG = ['-q, --quiet', 'no log lines and no live line'] as const;

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map(line => `  sensewire ${line}`).join('\n')}\n`;
}

export interface CollectFlags {
  readonly listen?: readonly string[];
  readonly store?: readonly string[];
  readonly count?: number;
  readonly for?: number;
  readonly web?: string;
  readonly control?: boolean;
  readonly mostConnections: number;
  readonly mostSensors: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function collectCommand(): Command {
  return new Command('collect')
    .description('take readings from any number of senders and store them')
    .option(
      '--listen <URL>',
      'address to listen at; repeat for more (default: tcp:// and udp://127.0.0.1:50010)',
      repeated,
    )
    .option(
      '--store <SPEC>',
      'text:FILE, csv:FILE, jsonl:FILE, sqlite:FILE or none; repeat for more (default: sqlite:sensewire.db)',
      repeated,
    )
    .option('--count <N>', 'end after N readings are stored (default: no end)', wholeNumber(1))
    .option('--for <D>', 'end after this time, such as 30s (default: no end)', flag(parseDuration))
    .option('--web <[HOST:]PORT>', 'show a live page there (default: no page)')
    .option(
      '--control',
      'take commands for sensors from standard input: rate NAME 10Hz, pause NAME, resume NAME (default: off)',
    )
    .option('--most-connections <N>', 'connections and datagram peers at once', wholeNumber(1), 10_000)
    .option('--most-sensors <N>', 'sensors of one sender', wholeNumber(1), 256)
    .option(...JSON_FLAG)
    .option(...QUIET_FLAG)
    .addHelpText(
      'after',
      examples(
        'collect --listen tcp://*:50010 --listen udp://*:50010',
        'collect --listen tcp://127.0.0.1:50007 --store text:first100.txt --count 100',
      ),
    )
    .action(async (flags: CollectFlags) => (await import('./commands/collect.ts')).collect(flags));
}

export interface SendFlags {
  readonly sensor?: readonly string[];
  readonly rate?: number | 'max';
  readonly count?: number;
  readonly for?: number;
  readonly batch?: number;
  readonly flush?: number;
  readonly buffer: number;
  readonly wait: number;
  readonly name?: string;
  readonly sysfs: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function sendCommand(): Command {
  return new Command('send')
    .description('read sensors and send their readings to a collector')
    .argument('<URL>', 'where the collector listens: tcp://HOST:PORT, udp://HOST:PORT or unix:PATH')
    .option(
      '--sensor <SPEC>',
      'random, sine, square, walk, system, thermal, tmp36:PATH, iio:PATH, stdin or csv:FILE; repeat for more (default: random)',
      repeated,
    )
    .option(
      '--rate <R>',
      'readings a second of each sensor, such as 100Hz, or max (default: what suits the sensor)',
      rate,
    )
    .option('--count <N>', 'end after N readings of each sensor (default: no end)', wholeNumber(1))
    .option('--for <D>', 'end after this time (default: no end)', flag(parseDuration))
    .option(
      '--batch <N>',
      'readings a message at most, and wait until it is full (default: 100, without waiting)',
      wholeNumber(1),
    )
    .option(
      '--flush <D>',
      'wait at most this long to fill a message (default: 0s; with --batch 10s)',
      flag(parseDuration),
    )
    .option(
      '--buffer <N>',
      'readings kept until they are stored; beyond it the oldest unsent are dropped and counted',
      wholeNumber(1),
      1_000_000,
    )
    .addOption(
      new Option('--wait <D>', 'at the end, keep trying this long to have everything stored')
        .argParser(flag(parseDuration))
        .default(30_000_000, '30s'),
    )
    .option('--name <NAME>', "this sender's name (default: the host's name)")
    .addOption(new Option('--sysfs <DIR>', 'root of sysfs').env('SENSEWIRE_SYSFS').default('/sys'))
    .option(...JSON_FLAG)
    .option(...QUIET_FLAG)
    .addHelpText(
      'after',
      examples(
        'send tcp://192.168.1.20:50010 --sensor tmp36:iio:device0/in_voltage0 --rate 100Hz',
        'send udp://127.0.0.1:50010 --sensor system --sensor sine:period=5s --for 1m',
        'send unix:/run/sensewire.sock --sensor stdin < values.txt',
      ),
    )
    .action(async (url: string, flags: SendFlags) => (await import('./commands/send.ts')).send(url, flags));
}

export interface ExportFlags {
  readonly format: 'csv' | 'jsonl' | 'line';
  readonly sensor?: string;
  readonly from?: string;
  readonly to?: string;
}

export function exportCommand(): Command {
  return new Command('export')
    .description('print the readings of a store')
    .argument('<STORE>', 'sqlite:FILE, csv:FILE or jsonl:FILE, or just the file')
    .addOption(
      new Option('--format <F>', 'csv, jsonl, or line (InfluxDB line protocol)')
        .choices(['csv', 'jsonl', 'line'])
        .default('csv'),
    )
    .option('--sensor <NAME>', 'only this sensor (default: all)')
    .option(
      '--from <TIME>',
      'from this time on: 2026-11-20T20:43:58Z, or 5m for five minutes ago (default: the first)',
    )
    .option('--to <TIME>', 'before this time (default: the last)')
    .addHelpText(
      'after',
      examples(
        'export sensewire.db > readings.csv',
        'export sqlite:sensewire.db --sensor tmp36 --from 1h --format jsonl',
      ),
    )
    .action(async (store: string, flags: ExportFlags) =>
      (await import('./commands/export.ts')).exportReadings(store, flags),
    );
}

export interface JsonFlag {
  readonly json?: boolean;
}

export function packCommand(): Command {
  return (
    new Command('pack')
      .description("pack values into bytes by a format of Python's struct")
      .argument('<FORMAT>', "such as '=iif'; the order of bytes is one of @ = < > !")
      .argument('[VALUES...]', 'numbers; true or false for ?; text for c, s and p')
      .option(...JSON_FLAG)
      // Values such as -5 are no flags.
      .allowUnknownOption()
      .addHelpText('after', examples("pack '=iif' 1 4 2.7", "pack '>4sH' ping 80"))
      .action(async (format: string, values: readonly string[], flags: JsonFlag) =>
        (await import('./commands/pack.ts')).packValues(format, values, flags),
      )
  );
}

export function unpackCommand(): Command {
  return new Command('unpack')
    .description("unpack bytes by a format of Python's struct")
    .argument('<FORMAT>', "such as '=iif'")
    .argument('<HEX...>', 'the bytes, two hexadecimal digits each; spaces and colons are skipped')
    .option(...JSON_FLAG)
    .addHelpText('after', examples("unpack '=iif' 0100000004000000cdcc2c40", "unpack '>H' '00 50'"))
    .action(async (format: string, hex: readonly string[], flags: JsonFlag) =>
      (await import('./commands/pack.ts')).unpackBytes(format, hex, flags),
    );
}

export interface DemoFlags {
  readonly for?: number;
  readonly web?: string;
  readonly store?: string;
  readonly json?: boolean;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('everything in one: a collector, sensors over TCP, UDP and a Unix socket, and a live view')
    .option('--for <D>', 'end after this time (default: on Ctrl-C)', flag(parseDuration))
    .option('--web <[HOST:]PORT>', 'show a live page there (default: no page)')
    .option(
      '--store <SPEC>',
      'where the readings go (default: an SQLite file in a new folder below the temporary one)',
    )
    .option(...JSON_FLAG)
    .addHelpText('after', examples('demo', 'demo --for 10s --web 8080'))
    .action(async (flags: DemoFlags) => (await import('./commands/demo.ts')).demo(flags));
}
