/**
 * Links by name, one direction each: where a figure is measured its source is named, the others are ours.
 */

/** A named link. */
export interface LinkPreset {
  readonly name: string;
  /** What `parseLinkSettings` reads. */
  readonly settings: string;
  /** What it is like, and where its figures come from. */
  readonly about: string;
}

/** What `parseLinkSettings` knows by name. */
export const LINK_PRESETS: readonly LinkPreset[] = [
  { name: 'perfect', settings: '', about: 'everything arrives at once, in order' },
  {
    name: 'lan',
    settings: 'delay=100us,jitter=20us,rate=1gbit,queue=1000,mtu=1500',
    about:
      'gigabit Ethernet (IEEE 802.3ab) with one switch; 1,000 packets are the queue that Linux gives an interface',
  },
  {
    name: 'wifi',
    settings: 'delay=1500us,jitter=7ms,dist=normal,loss=0.1%,get=20s:100ms,rate=50mbit,queue=300,mtu=1500',
    about:
      'one shared access point: median latency of the hop 3 ms, 90th percentile 20 ms (Sui et al., MobiSys 2016); loss, rate and fades are ours',
  },
  {
    name: 'lte',
    settings: 'delay=35ms,jitter=6ms,rate=13mbit,queue=400,mtu=1500',
    about:
      'from the base station to the phone: median rate 13 Mbit/s (Huang et al., MobiSys 2012); delay and the deep queue are ours; radio repeats, so nothing is lost at random',
  },
  {
    name: 'lte-up',
    settings: 'delay=35ms,jitter=6ms,rate=6mbit,queue=200,mtu=1500',
    about: 'from the phone to the base station: median rate 6 Mbit/s (the same); the rest as for lte',
  },
  {
    name: 'satellite',
    settings: 'delay=280ms,rate=10mbit,queue=470,mtu=1500',
    about:
      'geostationary: up and down are 239 ms below the satellite and 279 ms at the edge of its view (RFC 2488, section 2); the rate is ours, the queue holds a round trip',
  },
  {
    name: 'interop',
    settings: 'delay=15ms,rate=10mbit,queue=25,mtu=1500',
    about: 'the link on which the QUIC interop runner compares implementations',
  },
];
