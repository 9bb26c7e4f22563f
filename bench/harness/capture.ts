/**
 * tcpdump on the loopback device, for some ports.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ipBytesByPort, type PortTotals } from './pcap.ts';
import { missingProgram, program } from './programs.ts';
import type { Workbench } from './workbench.ts';

/** Ethernet, the longest IPv4 header, and the ports. */
const SNAP_BYTES = 96;
/** A last acknowledgement may be delayed by 40 ms, and tcpdump reads what the kernel has gathered. */
const SETTLE_MS = 1_000;

/** Why nothing can be captured here, or undefined. */
export function captureMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root, to capture packets';
  return missingProgram('tcpdump');
}

export interface RunningCapture {
  /** Ends it and gives what went to and from each port. @throws Error where the kernel has dropped packets */
  finish(): Promise<Map<number, PortTotals>>;
}

/** Starts capturing; resolves when packets are being captured. */
export async function startCapture(bench: Workbench, ports: readonly number[]): Promise<RunningCapture> {
  const file = bench.path('lo.pcap');
  const filter = ports.map(port => `port ${port}`).join(' or ');
  const args = ['-i', 'lo', '-n', '-s', `${SNAP_BYTES}`, '-B', '16384', '-Z', 'root', '-w', file, filter];
  const tcpdump = bench.start(program('tcpdump'), args);
  await tcpdump.says(/listening on lo/);
  return {
    async finish() {
      await sleep(SETTLE_MS);
      await tcpdump.stop();
      // "10 packets dropped" would hold these words too.
      await tcpdump.says(/^0 packets dropped by kernel/);
      return ipBytesByPort(readFileSync(file), ports);
    },
  };
}
