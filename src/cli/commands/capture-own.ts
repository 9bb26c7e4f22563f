/**
 * `--capture FILE` of the commands that talk to others: their own traffic, recorded from before the first packet until after
 * the last one.
 */
import type { OwnTraffic } from '../../capture/own-traffic.ts';
import type { Address } from '../../socket/address.ts';
import { formatSize } from '../../time/quantities.ts';
import { number, paint, plain, printJson } from '../terminal.ts';
import { VERSION } from '../version.ts';

/** A capture that runs, or none. */
export interface OwnCapture {
  /** Sockets that are made after this are about something else. */
  settle(): void;
  /** Ends it, and says what is in the file. A failure is said, and makes the command fail. */
  stop(): Promise<void>;
}

interface OwnCaptureOptions {
  readonly file: string | undefined;
  readonly addresses: readonly Address[];
  /** The command listens there. */
  readonly isListening?: boolean;
  readonly json: boolean;
  readonly log: (text: string) => void;
}

/** Resolves when packets are certainly captured; at once where no file is given. @throws the errors of `startCapture` */
export async function captureOwn({
  file,
  addresses,
  isListening = false,
  json,
  log,
}: OwnCaptureOptions): Promise<OwnCapture> {
  if (file === undefined) return { settle: () => undefined, stop: async () => undefined };
  const { OwnTraffic } = await import('../../capture/own-traffic.ts');
  const traffic = await OwnTraffic.start({
    file,
    addresses,
    isListening,
    application: `sensewire ${VERSION}`,
  });
  return {
    settle: () => traffic.settle(),
    stop: () => stop(traffic, { file, addresses, json, log }),
  };
}

async function stop(traffic: OwnTraffic, { file = '', json, log }: OwnCaptureOptions): Promise<void> {
  try {
    const { packets, bytes, drops, start, end } = await traffic.stop();
    const isComplete = drops === 0 && start !== 'none' && end !== 'none';
    if (json) {
      const proof = { kernel_drops: drops ?? null, start_proof: start, end_proof: end, complete: isComplete };
      printJson('captured', { file, packets, bytes, ...proof });
    }
    const lost = drops === undefined || drops === 0 ? 'not proven to be complete' : `${number(drops)} lost`;
    const state = isComplete ? paint('green', 'complete') : paint('yellow', lost);
    const count = packets === 1 ? '1 packet' : `${number(packets)} packets`;
    log(`${paint('green', 'captured')} ${count}, ${formatSize(bytes)}, ${state}: ${plain(file)}`);
  } catch (error) {
    log(`${paint('red', 'error')} ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
