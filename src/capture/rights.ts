/**
 * What to say where nobody may capture: the three ways to get there.
 */
import { NetworkError } from '../errors/errors.ts';

/** @param causes why each way of capturing failed, in the order in which they were tried */
export function noRightToCapture(causes: readonly string[]): NetworkError {
  const needsKoffi = causes.some(cause => cause.includes('koffi'));
  return new NetworkError(
    'SW_PERMISSION',
    [
      `nothing here may capture: ${causes.join('; ')}. Do one of these:`,
      ...(needsKoffi
        ? ['  npm install koffi                                    and then one of these, too:']
        : []),
      `  sudo setcap cap_net_raw=ep '${process.execPath}'   every Node.js program of this machine may capture from then on`,
      '  sudo npx sensewire capture …                         this time only',
      '  sudo usermod -aG wireshark "$USER"                   where tcpdump is allowed to that group; log in again',
      "  unshare -Urn                                         a network of your own to try things in: 'ip link set lo up'",
    ].join('\n'),
  );
}
