/**
 * Programs of others, as clients and servers of ours.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const SHARED = resolve(import.meta.dirname, '../../../shared');

/** The Python programs of the exercises lie beside the checkout, not in it: without them there is nothing to test. */
export const HAS_PEERS: boolean = existsSync(SHARED);

/** Whether a program is installed. */
export function isInstalled(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
}

export interface ProgramEnd {
  readonly code: number | string | null;
  readonly out: string;
  readonly err: string;
  readonly bytes: Buffer;
}

export interface ProgramOptions {
  /** Given on standard input, which then ends, or stays open. */
  readonly input?: string | Buffer;
  readonly holdsOpen?: boolean;
}

const running = new Set<ChildProcess>();

/** Runs a program to its end. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { input = '', holdsOpen = false }: ProgramOptions = {},
): Promise<ProgramEnd> {
  const child = spawn(command, args);
  running.add(child);
  const pieces: Buffer[] = [];
  let err = '';
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  // It may end before it has read everything.
  child.stdin.on('error', () => undefined);
  child.stdin.write(input);
  if (!holdsOpen) child.stdin.end();
  try {
    const code = await new Promise<number | string | null>((done, fail) => {
      child.on('error', cause => fail(new Error(`install ${command} to run this test`, { cause })));
      child.on('close', (exitCode, signal) => done(exitCode ?? signal));
    });
    const bytes = Buffer.concat(pieces);
    return { code, out: bytes.toString(), err, bytes };
  } finally {
    running.delete(child);
  }
}

/** The path of one of the Python programs. */
export function peerPath(script: string): string {
  const path = resolve(SHARED, 'peers', script);
  if (!existsSync(path)) throw new Error(`${path} is missing, and what it tests goes untested`);
  return path;
}

/** Runs one of the Python programs to its end. */
export function runPeer(script: string, ...args: readonly string[]): Promise<ProgramEnd> {
  return runProgram('python3', [peerPath(script), ...args]);
}

/** Kills what a failed test has left. */
export function endPrograms(): void {
  for (const child of running) child.kill('SIGKILL');
}
