/** Addresses as people write them. */
import type { Endpoint } from '../analysis/model.ts';

export function endpointText({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
