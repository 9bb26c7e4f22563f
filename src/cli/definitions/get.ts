/** The flags of `sensewire get`. */
import { Command } from 'commander';
import { parseDuration } from '../../time/quantities.ts';
import { examples, flag, JSON_FLAG, QUIET_FLAG } from './flags.ts';

export interface GetFlags {
  readonly output?: string;
  readonly remoteName?: boolean;
  readonly continue?: boolean;
  readonly head?: boolean;
  readonly verbose?: boolean;
  readonly ca?: string;
  readonly unix?: string;
  readonly timeout?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function getCommand(): Command {
  return new Command('get')
    .description('fetch a page or file over http or https')
    .argument('<URL>', 'http://HOST[:PORT]/PATH or https://…; without a scheme it is http')
    .option('-o, --output <FILE>', 'save it there, through FILE.part; - is standard output (default: -)')
    .option('-O, --remote-name', 'save it here, under the last name of the URL (default: off)')
    .option(
      '-c, --continue',
      'go on with the FILE.part of an earlier try; where the server tells no versions apart, too (default: begin anew)',
    )
    .option('-I, --head', 'ask with HEAD, and print the head of the answer (default: off)')
    .option('-v, --verbose', 'show connections and heads as they are on the wire (default: off)')
    .option(
      '--ca <FILE>',
      'trust the certificates in this PEM file, too (default: those that Node.js trusts)',
    )
    .option('--unix <PATH>', "speak to this Unix socket, whatever the URL's host (default: TCP)")
    .option('--timeout <D>', 'give up when nothing comes for this time (default: 30s)', flag(parseDuration))
    .option(...JSON_FLAG)
    .option(...QUIET_FLAG)
    .addHelpText(
      'after',
      `
Redirects are followed, at most 10 times. An answer of 400 or above ends with exit code 1: its body is still printed,
but not saved. With --json the body is counted, and printed nowhere but in --output.
${examples('get http://127.0.0.1:8000/', 'get -v -o readings.csv --continue https://sensors.example/readings.csv')}`,
    )
    .action(async (url: string, flags: GetFlags) => (await import('../commands/get.ts')).get(url, flags));
}
