/** The flags of `sensewire send`. */
import { Command, Option } from 'commander';
import { parseDuration } from '../../time/quantities.ts';
import { CAPTURE_FLAG, examples, flag, JSON_FLAG, QUIET_FLAG, rate, repeated, wholeNumber } from './flags.ts';

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
  readonly capture?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function sendCommand(): Command {
  return new Command('send')
    .description('read sensors and send their readings to a collector')
    .argument(
      '<URL>',
      'where the collector listens: tcp://HOST:PORT, udp://HOST:PORT, rudp://HOST:PORT (reliable UDP; ?repair=off|auto|0..1, ?keepalive=15s) or unix:PATH',
    )
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
    .option(...CAPTURE_FLAG)
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
    .action(async (url: string, flags: SendFlags) => (await import('../commands/send.ts')).send(url, flags));
}
