#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes the seeds of the wire targets (message, name, rdata, edns) beside this file: real
messages made with dnspython, and the hostile ones that no library makes. Run it after a change
here and commit what it wrote; neither the build nor the tests need dnspython."""

import pathlib
import struct

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

HERE = pathlib.Path(__file__).parent


def save(target, name, octets):
    folder = HERE / target
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(octets)


def u16(*values):
    return struct.pack(f'>{len(values)}H', *values)


# Presentation forms, one of each type that has a form in src/wire/form.c.
RECORDS = {
    'A': '192.0.2.1', 'NS': 'ns1.example.com.', 'CNAME': 'w.example.com.',
    'SOA': 'ns1.example.com. host.example.com. 2024010101 7200 3600 1209600 300',
    'PTR': r'a\.b\;c\200.example.com.', 'HINFO': '"RFC8482" ""', 'MX': '10 mail.example.com.',
    'TXT': r'"v=spf1 -all" "\"q\" \\ \195\164" ""', 'RP': 'a.example.com. t.example.com.',
    'AFSDB': '1 h.example.com.', 'RT': '1 h.example.com.', 'PX': '10 a.example.com. b.example.com.',
    'AAAA': '2001:db8::1', 'LOC': '52 14 05.000 N 00 08 50.123 E 10m 1m 10000m 10m',
    'SRV': '1 2 853 dot.example.com.', 'NAPTR': '100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .',
    'KX': '10 k.example.com.', 'CERT': 'PKIX 1 RSASHA256 AQIDBA==', 'DNAME': 't.example.com.',
    'DS': '20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D',
    'SSHFP': '4 2 ' + '0123456789abcdef' * 4,
    'RRSIG': 'A 13 3 300 20240201000000 20240101000000 1234 example.com. ' + 'AQIDBAUGBwg=',
    'NSEC': 'b.example.com. A MX RRSIG NSEC TYPE1234',
    'DNSKEY': '257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rA'
              'K9iUzy1L53eKGQ==',
    'NSEC3': '1 1 12 aabbccdd 2vptu5timamqttgl4luu9kg21e0aor3s A RRSIG',
    'NSEC3PARAM': '1 0 12 aabbccdd', 'TLSA': '3 1 1 ' + '0123456789abcdef' * 4,
    'SMIMEA': '3 1 1 0123456789abcdef', 'CDS': '0 0 0 00', 'CDNSKEY': '0 3 0 AA==',
    'OPENPGPKEY': 'AQIDBAUG', 'CSYNC': '66 3 A NS AAAA', 'ZONEMD': '1 1 1 ' + '00112233' * 12,
    'SVCB': '0 svc.example.com.', 'SPF': '"v=spf1 -all"',
    'HTTPS': r'1 . mandatory=alpn,port alpn="h2,h3" no-default-alpn port=8443 '
             r'ipv4hint=192.0.2.1,192.0.2.2 ech="AQIDBA==" ipv6hint=2001:db8::1 '
             r'key7="/dns-query{?dns}" key667="hello\210qoo"',
    'URI': '10 1 "https://example.com/"', 'CAA': '128 issue "ca.example; a=b"',
}

# Forms that dnspython does not know, as hexadecimal: type, octets before it, rdata.
RAW_RDATA = [
    ('mb', 7, b'', '016100'), ('minfo', 14, b'\1a\1b\0', 'c000c002'),
    ('null', 10, b'', '00ff'), ('nxt', 30, b'\1a\0', 'c00040000008'),
    ('sig', 24, b'\1a\0', '0001050300000e1000000001ffffffff0a52c000ff'),
    ('key', 25, b'', '0200ff010103d22a6ca7'), ('unknown', 65280, b'\1a\0', 'c000'),
    ('soa_compressed', 6, b'\3ns1\7example\0', 'c000c0040000000100000002000000030000000400000005'),
    ('mx_pointer_forward', 15, b'\1a\0', '0001c00a'), ('mx_pointer_self', 15, b'\1a\0', '0001c005'),
    ('ns_long', 2, b'', ('3f' + '61' * 63) * 3 + '3d' + '61' * 61 + '00'),
    ('ns_too_long', 2, b'', ('3f' + '61' * 63) * 3 + '3e' + '61' * 62 + '00'),
    ('nsec_windows', 47, b'', '0000014001014002014003' + '0140'),
    ('nsec_window_order', 47, b'', '00010140000140'), ('nsec_window_empty', 47, b'', '000000'),
    ('svcb_order', 64, b'', '0001000002000000010000'),
    ('svcb_cut', 64, b'', '00010000010005026832'),
    ('svcb_alpn', 65, b'', '0001000001000c08665c6f6f2c626172026832'),
    ('loc_version', 29, b'', '01ff'), ('loc_size', 29, b'', '00aa0000800000008000000000989680'),
    ('caa_tag', 257, b'', '0002c3a461'), ('txt_empty', 16, b'', ''), ('txt_cut', 16, b'', '0261'),
]


def rdata_wire(kind, text):
    return dns.rdata.from_text('IN', kind, text).to_wire()


def rdata_seeds():
    for kind, text in RECORDS.items():
        number = dns.rdatatype.from_text(kind)
        save('rdata', kind.lower(), u16(number) + b'\0' + rdata_wire(kind, text))
    for name, number, before, rdata in RAW_RDATA:
        save('rdata', name, u16(number) + bytes([len(before)]) + before + bytes.fromhex(rdata))


def query(name, kind, **options):
    message = dns.message.make_query(name, kind, **options)
    message.id = 0x1234
    return message


def reply(question, answer=(), authority=(), additional=(), rcode=0):
    message = dns.message.make_response(question, recursion_available=True)
    message.set_rcode(rcode)
    for section, records in ((message.answer, answer), (message.authority, authority),
                             (message.additional, additional)):
        for owner, kind, *texts in records:
            section.append(dns.rrset.from_text(owner, 300, 'IN', kind, *texts))
    return message.to_wire(max_size=65535)


def real_messages():
    save('message', 'query', query('www.example.com.', 'A').to_wire())
    options = [dns.edns.GenericOption(8, b'\0\1\0\0'), dns.edns.GenericOption(12, b'\0' * 40)]
    edns = query('wWw.eXample.com.', 'HTTPS', use_edns=0, want_dnssec=True, payload=1232,
                 options=options)
    edns.flags |= dns.flags.CD
    save('message', 'query_edns', edns.to_wire())
    plain = query('www.example.com.', 'A', use_edns=0, want_dnssec=True)
    save('message', 'answer_cname', reply(plain, [
        ('www.example.com.', 'CNAME', 'w.example.com.'),
        ('www.example.com.', 'RRSIG', RECORDS['RRSIG'].replace('A 13', 'CNAME 13')),
        ('w.example.com.', 'A', '192.0.2.1', '192.0.2.2'),
        ('w.example.com.', 'RRSIG', RECORDS['RRSIG'])]))
    save('message', 'nxdomain', reply(plain, authority=[
        ('example.com.', 'SOA', RECORDS['SOA']), ('example.com.', 'RRSIG', RECORDS['RRSIG']),
        ('a.example.com.', 'NSEC', RECORDS['NSEC'])], rcode=3))
    save('message', 'referral', reply(plain, authority=[
        ('example.com.', 'NS', 'ns1.example.com.', 'ns2.example.net.'),
        ('example.com.', 'DS', RECORDS['DS'])],
        additional=[('ns1.example.com.', 'A', '192.0.2.53')]))
    save('message', 'all_types', reply(plain, [
        (f'{kind.lower()}.example.com.', kind, text) for kind, text in RECORDS.items()]))
    badvers = dns.message.make_response(plain)
    badvers.use_edns(0, payload=1232)
    badvers.set_rcode(16)
    save('message', 'badvers', badvers.to_wire())


HEADER = u16(0x1234, 0x8180, 1)
QUESTION = b'\3www\7example\3com\0' + u16(1, 1)
OPT = b'\0' + u16(41, 1232, 0, 0, 0)


def message(an, ns, ar, *records):
    return HEADER + u16(an, ns, ar) + QUESTION + b''.join(records)


def record(owner, kind, rdata, ttl=300, length=None):
    length = len(rdata) if length is None else length
    return owner + struct.pack('>HHIH', kind, 1, ttl, length) + rdata


def hostile_messages():
    at_question, here = b'\xc0\x0c', u16(0xc000 | 33)
    cases = {
        'no_question': u16(0, 0x8180, 0, 0, 0, 0),
        'two_questions': u16(0, 0x0100, 2, 0, 0, 0) + QUESTION * 2,
        'question_pointer': HEADER + u16(0, 0, 0) + b'\xc0\x0c' + u16(1, 1),
        'counts': message(65535, 65535, 65535, record(at_question, 1, b'abcd')),
        'trailing': message(0, 0, 0, b'x'),
        'opt_twice': message(0, 0, 2, OPT, OPT),
        'opt_in_answer': message(1, 0, 0, OPT),
        'opt_at_name': message(0, 0, 1, b'\1a' + OPT),
        'opt_option_cut': message(0, 0, 1, b'\0' + u16(41, 1232, 0, 0, 3, 10) + b'\0'),
        'pointer_self': message(1, 0, 0, record(here, 1, b'abcd')),
        'pointer_forward': message(1, 0, 0, record(u16(0xc000 | 45), 1, b'abcd')),
        'pointer_header': message(1, 0, 0, record(b'\xc0\0', 1, b'abcd')),
        'pointer_loop': message(2, 0, 0, record(b'\1a' + u16(0xc000 | 51), 1, b'abcd'),
                                record(b'\1b' + here, 1, b'abcd')),
        'pointer_in_rdata': message(1, 0, 0, record(at_question, 5, b'\1a' + u16(0xc000 | 45))),
        'rdlength_past_end': message(1, 0, 0, record(at_question, 1, b'abcd', length=5)),
        'rdlength_huge': message(1, 0, 0, record(at_question, 65280, b'abcd', length=65535)),
        'rrsig_short': message(1, 0, 0, record(at_question, 46, b'\0')),
        'ttl_negative': message(1, 0, 0, record(at_question, 1, b'abcd', ttl=0x80000001)),
        'duplicates': message(4, 0, 0, *[record(at_question, 16, b'\1x', ttl=n) for n in range(4)]),
        'name_255': message(1, 0, 0, record(
            (b'\x3f' + b'a' * 63) * 3 + b'\x2d' + b'd' * 45 + at_question, 1, b'abcd')),
        'name_256': message(1, 0, 0, record(
            (b'\x3f' + b'a' * 63) * 3 + b'\x2e' + b'd' * 46 + at_question, 1, b'abcd')),
    }
    for name, octets in cases.items():
        save('message', name, octets)


def filled(first, make):
    """As many records as fit 64 KiB: first, and then what make(number) gives."""
    records, size = list(first), 33 + sum(map(len, first))
    while True:
        one = make(len(records))
        if size + len(one) > 65535:
            return message(len(records), 0, 0, *records)
        records.append(one)
        size += len(one)


def long_messages():
    """What must not take long, nor much memory; too long for the replay of all flipped bits, so
    only tests/fuzz/run takes them."""
    at_question, at_first = b'\xc0\x0c', 33
    longest = b'\1a' * 118 + at_question
    number = struct.Struct('>I').pack

    def letter(n):
        return bytes([1, (0x41 if n % 2 else 0x61) + n // 2 % 26])

    chain = b''.join(u16(0xc000 | (at_first + 11 + max(2 * n - 1, 0))) for n in range(126))
    other = b'\1b' * 118 + at_question
    at_other = at_first + len(longest) + 14
    cases = {
        'names': filled([record(longest, 1, b'abcd')], lambda n: record(
            letter(n) + u16(0xc000 | at_first), 1, number(n // 7))),
        'names_apart': filled([record(longest, 1, b'abcd')], lambda n: record(
            b'\2' + u16(n) + u16(0xc000 | (at_first + 2)), 1, b'abcd')),
        'compose': filled(
            [record(longest, 1, b'abcd'), record(other, 1, b'abcd')],
            lambda n: record(b'\2' + u16(n) + u16(0xc000 | (at_other + 2)), 65280, b'')),
        'chain': filled([record(b'\0', 65280, b'\0' + chain)], lambda n: record(
            b'\1a' + u16(0xc000 | (at_first + 12 + 2 * 120)), 65280, b'')),
        'rdata_names': filled([record(longest, 1, b'abcd')], lambda n: record(
            at_question, 14, (b'\1' + bytes([n % 256]) + u16(0xc000 | (at_first + 2))) * 2)),
        'duplicates': filled([], lambda n: record(at_question, 1, b'abcd')),
        'one_set': filled([], lambda n: record(at_question, 1, number(n * 2654435761 % 2 ** 32))),
        'many_sets': filled([], lambda n: record(b'\0', 1024 + n, b'')),
        'one_record': filled([], lambda n: record(b'\0', 65280, b'x' * 65480)),
    }
    for name, octets in cases.items():
        save('message-long', name, octets)


def name_seeds():
    body = b'??\7example\0\3www\xc0\2\1a\xc0\x0b\xc0\x11\xc0\x15'
    for at in (2, 11, 17, 21, 23):
        save('name', f'compressed_{at}', u16(at) + body)
    longest = (b'\x3f' + b'a' * 63 + b'\x3f' + b'B' * 63 + b'\x3f' + b'\0' * 63 +
               b'\x3d' + b'\xff' * 61)
    too_long = longest[:192] + b'\x3e' + b'\xff' * 62
    chain = b'\0' + b''.join(u16(0xc000 | max(0, at - 2)) for at in range(1, 300, 2))
    cases = {
        'root': (0, b'\0\0'), 'two': (0, b'\1a\1b\0\1A\1B\0'), 'longest': (0, longest + b'\0'),
        'longest_twice': (0, longest + b'\0\xc0\0'), 'too_long': (0, too_long + b'\0'),
        'too_long_compressed': (255, longest + b'\0\1a\xc0\0'),
        'labels_127': (0, b'\1a' * 127 + b'\0'), 'labels_128': (0, b'\1a' * 128 + b'\0'),
        'pointer_self': (0, b'\xc0\0'), 'pointer_own_start': (0, b'\1a\xc0\0'),
        'pointer_forward': (0, b'\xc0\2\0'), 'pointer_pair': (2, b'\xc0\2\xc0\0'),
        'pointer_overlap': (4, b'\3abc\1b\xc0\0'), 'pointer_cut': (1, b'\0\xc0'),
        'bits_01': (0, b'\x41a\0'), 'bits_10': (0, b'\x81a\0'), 'label_cut': (0, b'\5abc'),
        'chain': (len(chain) - 2, chain), 'text': (65535, b'www.ex\\097mple\\.x.\\000.com.'),
        'text_bad': (65535, b'a..b\\256'), 'specials': (0, b'\x0c"$().;@\\ \x7f\0\xff\0'),
    }
    for name, (at, octets) in cases.items():
        save('name', name, u16(at) + octets)


def edns_seeds():
    def option(code, data):
        return u16(code, len(data)) + data

    fixed = u16(1232) + struct.pack('>I', 0x8000)
    everything = (option(3, b'') + option(8, b'\0\1\x18\0\xc0\0\2') +
                  option(10, b'\x01' * 24) + option(11, b'\0\x64') +
                  option(15, b'\0\6bogus \xc3\xa4') + option(12, b'\0' * 64))
    cases = {
        'empty': b'', 'all': everything, 'twice': option(10, b'a') + option(10, b'b'),
        'code_cut': b'\0', 'length_cut': b'\0\3\0', 'data_cut': b'\0\3\0\5abcd',
        'length_huge': b'\0\3\xff\xffabc', 'garbage_behind': option(3, b'x') + b'x',
        'many': option(65001, b'') * 300, 'long': option(65001, b'x' * 4000),
    }
    for name, options in cases.items():
        save('edns', name, fixed + options)
    save('edns', 'version', u16(512) + struct.pack('>I', 0xff01ffff))
    save('edns', 'fixed_cut', u16(1232))


rdata_seeds()
real_messages()
hostile_messages()
long_messages()
name_seeds()
edns_seeds()
