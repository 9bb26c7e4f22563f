/**
 * Loaded before a collector at the far end of an emulated link (`--import`): the near end's address is of this machine too.
 *
 * Both ends read the same clock. A collector that does not know it corrects by what the sender finds out of it, which is off
 * by a tenth of a millisecond or, on a busy machine, some: beside a way of 1 ms too much.
 */
import { syncBuiltinESMExports } from 'node:module';
import os, { type NetworkInterfaceInfo } from 'node:os';
import { NEAR_END } from './emulator.ts';

const ofThisEnd = os.networkInterfaces;
const farAway: NetworkInterfaceInfo = {
  address: NEAR_END,
  netmask: '255.255.255.0',
  family: 'IPv4',
  mac: '00:00:00:00:00:00',
  internal: false,
  cidr: `${NEAR_END}/24`,
};
os.networkInterfaces = () => ({ ...ofThisEnd(), 'near end': [farAway] });
syncBuiltinESMExports();
