/**
 * The command line: which commands and flags there are. What a command does is loaded when it is called, so that
 * `--help` is quick.
 */
import { Command, CommanderError } from 'commander';
import { analyzeCommand } from './definitions/analyze.ts';
import { captureCommand } from './definitions/capture.ts';
import { collectCommand } from './definitions/collect.ts';
import { demoCommand } from './definitions/demo.ts';
import { dissectorCommand } from './definitions/dissector.ts';
import { exportCommand } from './definitions/export.ts';
import { getCommand } from './definitions/get.ts';
import { packCommand, unpackCommand } from './definitions/pack.ts';
import { resolveCommand } from './definitions/resolve.ts';
import { sendCommand } from './definitions/send.ts';
import { serveCommand } from './definitions/serve.ts';
import { socketsCommand } from './definitions/sockets.ts';
import { talkCommand } from './definitions/talk.ts';
import { exitCodeOf, reportError, watchOutput } from './exit.ts';
import { VERSION } from './version.ts';

const program = new Command('sensewire')
  .description(
    'Send sensor readings over TCP, UDP and Unix sockets, and see what each one costs on the wire.',
  )
  .version(VERSION)
  .helpCommand(false)
  .showHelpAfterError('(--help shows every flag)')
  .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
  .addHelpText(
    'after',
    `
Examples:
  sensewire demo
  sensewire collect --listen tcp://127.0.0.1:50010 --store sqlite:readings.db
  sensewire send tcp://127.0.0.1:50010 --sensor system --rate 10Hz
`,
  );

for (const define of [
  demoCommand,
  collectCommand,
  sendCommand,
  exportCommand,
  captureCommand,
  analyzeCommand,
  dissectorCommand,
  packCommand,
  unpackCommand,
  serveCommand,
  socketsCommand,
  talkCommand,
  getCommand,
  resolveCommand,
]) {
  program.addCommand(define().exitOverride());
}
program.exitOverride();

async function main(): Promise<void> {
  watchOutput();
  try {
    await program.parseAsync();
  } catch (error) {
    // Commander has printed its own message already; help and version are no errors.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else {
      reportError(error);
      process.exitCode = exitCodeOf(error);
    }
  }
}

void main();
