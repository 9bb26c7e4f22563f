/**
 * What the definitions of several commands share: how the values of flags are read, and common flags.
 */
import { InvalidArgumentError } from 'commander';
import { SensewireError } from '../../errors/errors.ts';
import { parseRate } from '../../time/quantities.ts';

/** The flag of commands whose one flag it is. */
export interface JsonFlag {
  readonly json?: boolean;
}

/** Turns our errors for a flag's value into commander's, which names the flag. */
export function flag<T>(parse: (text: string) => T): (text: string) => T {
  return text => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof SensewireError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

export function wholeNumber(least: number): (text: string) => number {
  return text => {
    const value = Number(text);
    if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`Give a whole number from ${least} on.`);
    }
    return value;
  };
}

/** Gathers a flag that may be repeated. */
export function repeated(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

export const rate = (text: string): number | 'max' => (text === 'max' ? 'max' : flag(parseRate)(text));

export const JSON_FLAG: readonly [string, string] = [
  '--json',
  'print events and the summary as JSON lines on standard output',
];
export const QUIET_FLAG: readonly [string, string] = ['-q, --quiet', 'no log lines and no live line'];

export const CAPTURE_FLAG: readonly [string, string] = [
  '--capture <FILE>',
  'record exactly what this command sends and receives, as pcapng, which Wireshark opens (default: no)',
];

/** The examples at the end of a command's help. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map(line => `  sensewire ${line}`).join('\n')}\n`;
}
