/**
 * Why a TLS connection was not made, and what to do.
 */
import { NetworkError } from '../errors/errors.ts';
import { systemCode } from '../socket/network-error.ts';
import type { WebUrl } from './web-url.ts';

/** @throws never: gives the error to throw */
export function tlsFailure(error: Error, { host, authority }: WebUrl): NetworkError {
  const code = systemCode(error);
  const make = (text: string): NetworkError =>
    new NetworkError('SW_CERTIFICATE', `${text} (${code})`, { cause: error });
  switch (code) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return make(
        `nobody whom this machine trusts vouches for the certificate of ${authority}: if you know the server, give the ` +
          'certificate that signed its own with --ca FILE',
      );
    case 'CERT_HAS_EXPIRED':
      return make(
        `the certificate of ${authority} has expired: its owner must renew it (or this machine's clock is wrong)`,
      );
    case 'CERT_NOT_YET_VALID':
      return make(`the certificate of ${authority} is not valid yet: is this machine's clock right?`);
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return make(
        `the certificate is not one of "${host}"${namesOf(error)}: ask with a name that is in it, or it is another server`,
      );
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
    case 'ERR_SSL_HTTP_REQUEST':
      return make(`${authority} does not speak TLS: try http:// instead of https://`);
    case 'ECONNRESET':
    case 'EPROTO':
      return make(`${authority} broke off while the encryption was agreed on: does it speak TLS?`);
    default:
      return make(`no TLS connection to ${authority}: ${error.message}`);
  }
}

function namesOf(error: Error): string {
  const names = (error as { cert?: { subjectaltname?: string } }).cert?.subjectaltname;
  return names === undefined ? '' : `, but of ${names.replaceAll(/\b(DNS|IP Address):/g, '')}`;
}
