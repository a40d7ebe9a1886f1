import { describe, expect, test } from 'vitest';
import { formatIp, parseIp } from '../src/core/address.js';
import { AllowList, checkRules, NetworkRuleError, withoutNames } from '../src/core/allow-list.js';
import { NodeHost, WASI } from '../src/index.js';

/** A list that knows two names. */
const listOf = (...allow: string[]): AllowList =>
  new AllowList({ tcp: true, allow }, (name) =>
    name === 'example.com'
      ? [parseIp('192.0.2.7')!, parseIp('2001:db8::7')!]
      : name === 'mapped.example'
        ? [parseIp('::ffff:192.0.2.8')!]
        : [],
  );

/** May something be sent there? */
const reaches = (list: AllowList, ip: string, port: number): boolean =>
  list.reaches({ ip: parseIp(ip)!, port });

describe('addresses', () => {
  test('read and written', () => {
    for (const [text, written] of [
      ['127.0.0.1', '127.0.0.1'],
      ['0.0.0.0', '0.0.0.0'],
      ['::', '0:0:0:0:0:0:0:0'],
      ['::1', '0:0:0:0:0:0:0:1'],
      ['1::', '1:0:0:0:0:0:0:0'],
      ['2001:DB8::a:0', '2001:db8:0:0:0:0:a:0'],
      ['::ffff:1.2.3.4', '0:0:0:0:0:ffff:102:304'],
      ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
    ] as const) {
      expect(formatIp(parseIp(text)!), text).toBe(written);
    }
  });

  test.each([
    ...[
      '',
      '1',
      '127.1',
      '0x7f.0.0.1',
      '0177.0.0.1',
      '127.0.0.01',
      '256.0.0.1',
      '1.2.3.4.5',
      '1.2.3.',
    ],
    ...[':', ':::', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1::2::3', '12345::', 'g::', '::1%lo'],
    ...['1.2.3.4::', '::1.2.3', '1:2:3:4:5:6:7:1.2.3.4', '1:2:3:4::5:6:7:8', ' ::1', '::1 '],
  ])('%j is none', (text) => {
    expect(parseIp(text)).toBeUndefined();
  });
});

describe('rules', () => {
  test('an address and a port', () => {
    const list = listOf('127.0.0.1:80', '[2001:db8::1]:443,8000-8002');
    expect(reaches(list, '127.0.0.1', 80)).toBe(true);
    expect(reaches(list, '127.0.0.1', 81)).toBe(false);
    expect(reaches(list, '127.0.0.2', 80)).toBe(false);
    expect(reaches(list, '2001:db8::1', 443)).toBe(true);
    expect(reaches(list, '2001:db8::1', 7999)).toBe(false);
    expect(reaches(list, '2001:db8::1', 8000)).toBe(true);
    expect(reaches(list, '2001:db8::1', 8002)).toBe(true);
    expect(reaches(list, '2001:db8::1', 8003)).toBe(false);
    expect(reaches(list, '2001:db8::2', 443)).toBe(false);
  });

  test('blocks', () => {
    const list = listOf(
      '10.0.0.0/8:*',
      '192.0.2.128/25:1',
      '192.0.2.1/32:2',
      '[fd00::/7]:3',
      '[::/0]:4',
    );
    expect(reaches(list, '10.255.1.2', 65535)).toBe(true);
    expect(reaches(list, '11.0.0.0', 1)).toBe(false);
    expect(reaches(list, '192.0.2.127', 1)).toBe(false);
    expect(reaches(list, '192.0.2.128', 1)).toBe(true);
    expect(reaches(list, '192.0.2.1', 2)).toBe(true);
    expect(reaches(list, '192.0.2.0', 2)).toBe(false);
    expect(reaches(list, 'fc12::', 3)).toBe(true);
    expect(reaches(list, 'fe00::', 3)).toBe(false);
    expect(reaches(list, '1234::', 4)).toBe(true);
    // All of IPv6 is nothing of IPv4, in whatever form.
    expect(reaches(list, '127.0.0.1', 4)).toBe(false);
    expect(reaches(list, '::ffff:127.0.0.1', 4)).toBe(false);
  });

  test('an IPv4 address is the same within IPv6', () => {
    const list = listOf('127.0.0.1:80', '[::ffff:10.0.0.0/104]:81');
    expect(reaches(list, '::ffff:127.0.0.1', 80)).toBe(true);
    expect(reaches(list, '::127.0.0.1', 80)).toBe(false);
    expect(reaches(list, '::ffff:127.0.0.2', 80)).toBe(false);
    expect(reaches(list, '10.1.2.3', 81)).toBe(true);
    expect(() => listOf('[::ffff:0:0/90]:1')).toThrow('name IPv4 addresses as such');
  });

  test('any address as a destination is the host itself', () => {
    expect(reaches(listOf('0.0.0.0:80'), '0.0.0.0', 80)).toBe(false);
    expect(reaches(listOf('127.0.0.1:80'), '0.0.0.0', 80)).toBe(true);
    expect(reaches(listOf('127.0.0.1:80'), '::', 80)).toBe(false);
    expect(reaches(listOf('[::1]:80'), '::', 80)).toBe(true);
    expect(reaches(listOf('[::1]:80'), '::ffff:0.0.0.0', 80)).toBe(false);
    expect(reaches(listOf('10.0.0.0/8:80'), '0.0.0.0', 80)).toBe(false);
  });

  test('everything, localhost, names', () => {
    expect(reaches(listOf('*:80'), '203.0.113.1', 80)).toBe(true);
    expect(reaches(listOf('*:80'), '2001:db8::1', 80)).toBe(true);
    expect(reaches(listOf('*:80'), '2001:db8::1', 81)).toBe(false);
    expect(reaches(listOf('LocalHost:80'), '127.0.0.1', 80)).toBe(true);
    expect(reaches(listOf('localhost:80'), '::1', 80)).toBe(true);
    expect(reaches(listOf('localhost:80'), '127.0.0.2', 80)).toBe(false);
    const named = listOf('example.com:443', 'mapped.example:443');
    expect(reaches(named, '192.0.2.7', 443)).toBe(true);
    expect(reaches(named, '2001:db8::7', 443)).toBe(true);
    expect(reaches(named, '192.0.2.8', 443)).toBe(true);
    expect(reaches(named, '192.0.2.9', 443)).toBe(false);
  });

  test('nothing without a rule', () => {
    const list = new AllowList({ tcp: true, udp: true, lookup: true }, () => []);
    expect(reaches(list, '127.0.0.1', 80)).toBe(false);
    expect(list.names({ ip: parseIp('0.0.0.0')!, port: 0 })).toBe(false);
  });

  test.each([
    ['', 'HOST:PORT is wanted'],
    ['127.0.0.1', 'HOST:PORT is wanted'],
    [':80', 'HOST:PORT is wanted'],
    ['127.0.0.1:', 'HOST:PORT is wanted'],
    ['127.0.0.1:65536', 'there are no ports 65536'],
    ['127.0.0.1:9-8', 'there are no ports 9-8'],
    ['127.0.0.1:http', '"http" is no port, range or *'],
    ['127.0.0.1:80,', '"" is no port, range or *'],
    ['127.0.0.1:-1', '"-1" is no port, range or *'],
    ['127.1:80', '"127.1" is no IPv4 address'],
    ['0177.0.0.1:80', '"0177.0.0.1" is no IPv4 address'],
    ['10.0.0.0/33:80', 'an address has no 33 bits'],
    ['::1:80', '"::1" is no host (IPv6 goes into brackets)'],
    ['[::1:80', '"[::1" is no host (IPv6 goes into brackets)'],
    ['[127.0.0.1]:80', '"127.0.0.1" is no IPv6 address'],
    ['[::1/129]:80', 'an address has no 129 bits'],
    ['*.example.com:80', '"*.example.com" is no host (IPv6 goes into brackets)'],
    ['tcp://example.com:80', '"tcp://example.com" is no host (IPv6 goes into brackets)'],
  ])('%j: %s', (rule, why) => {
    expect(() => checkRules(['127.0.0.1:1', rule])).toThrow(
      new NetworkRuleError(`network rule ${JSON.stringify(rule)}: ${why}`),
    );
  });

  test('names become the addresses that they have now, whatever they mean later', async () => {
    let known = ['192.0.2.7', '2001:db8::7', 'fe80::1%eth0'];
    const rules = [
      'a.example:80,8000-8080',
      '*:53',
      '10.0.0.0/8:1',
      '[::1]:2',
      'LOCALHOST:3',
      '1.b.example:4',
    ];
    const asked: string[] = [];
    const fixed = await withoutNames(rules, async (name) => {
      asked.push(name);
      return known;
    });
    expect(asked).toEqual(['a.example', '1.b.example']);
    const three = (ports: string) =>
      ['192.0.2.7', '[2001:db8::7]', '[fe80::1]'].map((ip) => `${ip}:${ports}`);
    expect(fixed).toEqual([...three('80,8000-8080'), ...rules.slice(1, 5), ...three('4')]);
    // What is made of them asks nobody.
    known = ['127.0.0.1'];
    const list = new AllowList({ tcp: true, allow: fixed }, () => [parseIp('127.0.0.1')!]);
    const at = (ip: string, port: number): boolean => list.names({ ip: parseIp(ip)!, port });
    expect([at('192.0.2.7', 8001), at('127.0.0.1', 80), at('192.0.2.7', 81)]).toEqual([
      true,
      false,
      false,
    ]);
    await expect(withoutNames(['a.example:80'], async () => [])).rejects.toThrow(
      'nobody knows a.example',
    );
    await expect(withoutNames(['::1:80'], async () => known)).rejects.toThrow(NetworkRuleError);
  });

  test('a name that nobody knows is told when the system is made', () => {
    expect(() => listOf('nobody.example:80')).toThrow('nobody knows nobody.example');
    const network = { tcp: true, allow: ['no-such-name.invalid:80'] };
    const host = new NodeHost();
    expect(() => new WASI({ host, network })).toThrow(/nobody knows no-such-name/);
    host.finish();
  });
});
