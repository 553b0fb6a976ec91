"""TLS between two MemoryBIO and on sockets: what is agreed, and what fails."""

import select
import socket
import ssl
import sys
import warnings
from test import test_ssl as known

from observing import describe, observe, observe_all, say, section

NAME = known.SIGNED_CERTFILE_HOSTNAME
VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


def contexts(version=None):
    """Makes contexts that trust each other."""
    client, server, _ = known.testing_context()
    if version is not None:
        client.minimum_version = client.maximum_version = version
    return client, server


class Pair:
    """A client and a server in memory."""

    def __init__(self, client, server, name=NAME, **options):
        a, b = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.wires = a, b
        self.client = client.wrap_bio(a, b, server_hostname=name, **options)
        self.server = server.wrap_bio(b, a, server_side=True)

    def handshake(self):
        """Makes it, and says how each side ended."""
        ends = {}
        for _ in range(6):
            for name in ('client', 'server'):
                if ends.get(name, 'want').startswith('want'):
                    ends[name] = attempt(getattr(self, name).do_handshake)
        return ends


def attempt(function, *args):
    """Makes a call, and says how it ended."""
    try:
        return repr(function(*args))
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as error:
        return 'want ' + describe(error)
    except (OSError, ValueError) as error:
        return describe(error)


def agreed(version):
    """What both sides say of a connection."""
    section(f'memory {version.name}')
    client, server = contexts(version)
    client.set_alpn_protocols(['x', 'h2'])
    server.set_alpn_protocols(['h2', 'y'])
    pair = Pair(client, server)
    names = ('version', 'cipher', 'compression', 'selected_alpn_protocol',
             'shared_ciphers', 'pending', 'getpeercert',
             'verify_client_post_handshake', 'get_channel_binding')
    for side in (pair.client, pair.server):
        who = 'server' if side.server_side else 'client'
        for name in names:
            observe(f'{who} {name} before', getattr(side, name))
        observe(f'{who} binary before', side.getpeercert, True)
        observe(f'{who} names', lambda: (side.server_hostname, side.session,
                                         side.session_reused))
    observe('the first step', pair.client.do_handshake)
    observe('a read', pair.client.read, 10)
    observe('a write', pair.client.write, b'x')
    observe('handshake', pair.handshake)
    observe('again', pair.client.do_handshake)
    for side in (pair.client, pair.server):
        who = 'server' if side.server_side else 'client'
        for name in ('version', 'compression', 'selected_alpn_protocol',
                     'pending', 'getpeercert'):
            observe(f'{who} {name}', getattr(side, name))
        observe(f'{who} binary', side.getpeercert, True)
        observe(f'{who} other binding', side.get_channel_binding, 'x')
        observe(f'{who} reused', lambda: side.session_reused)
        chain = side._sslobj.get_unverified_chain()
        observe(f'{who} chain', lambda: chain)
        chain = side._sslobj.get_verified_chain()
        observe(f'{who} verified chain', lambda: chain)
    exchange(pair)


def exchange(pair):
    """Reads and writes."""
    client, server = pair.client, pair.server
    observe('nothing to read', server.read, 10)
    for label, args in (('empty', (b'',)), ('text', ('x',)),
                        ('memory', (memoryview(b'abc'),)), ('none', (None,)),
                        ('ten', (b'0123456789',))):
        observe(f'write {label}', client.write, *args)
    observe('read -1', server.read, -1)
    observe('read 0', server.read, 0)
    observe('read 2', server.read, 2)
    observe('pending', server.pending)
    for size in (0, -1, 1, 5, 100):
        observe(f'read {size} into', server.read, size, bytearray(b'.' * 4))
    observe('read odd', server.read, 'x')
    observe('read into bytes', server.read, 3, b'...')
    observe('read all', server.read)
    observe('large write', client.write, b'x' * 40000)
    observe_all('read', lambda n: len(server.read(n)), [50000] * 4)
    observe('unwrap', client.unwrap)
    observe('write after', client.write, b'x')
    observe('the end', server.read)
    observe('and again', server.read)
    observe('the other unwrap', server.unwrap)
    observe('unwrap again', client.unwrap)
    observe('unwrap a third time', client.unwrap)
    observe('read after', client.read)
    observe('pending after', client.pending)
    observe('version after', client.version)


def cut():
    """Connections that end early."""
    for version in VERSIONS:
        section(f'cut {version.name}')
        pair = Pair(*contexts(version))
        pair.handshake()
        pair.wires[1].write_eof()
        observe('read', pair.server.read)
        observe('write', pair.server.write, b'x')
        pair = Pair(*contexts(version))
        pair.handshake()
        pair.wires[1].write(b'GET / HTTP/1.0\r\n\r\n')
        observe('not TLS', pair.server.read)
        pair = Pair(*contexts(version))
        observe('first', pair.client.do_handshake)
        pair.wires[0].write_eof()
        observe('in the handshake', pair.client.do_handshake)
    section('cut')
    for data in (b'GET / HTTP/1.0\r\n\r\n', b'PUT / HTTP/1.0\r\n\r\n',
                 b'CONNECT x HTTP/1.0\r\n', b'220 smtp ready\r\n',
                 b'\0' * 20, b'\x16\x03\x01', b'\x16\x02\x00\x00\x05hello'):
        pair = Pair(*contexts())
        pair.wires[1].write(data)
        observe(f'a server is sent {data[:6].hex()}', pair.server.do_handshake)
        pair = Pair(*contexts())
        pair.wires[0].write(data)
        observe(f'a client is sent {data[:6].hex()}', pair.client.do_handshake)


def verification():
    """Certificates that are refused."""
    section('verification')

    def refused(name=NAME, change=None, certificate=None, **options):
        client, server = contexts(**options)
        if certificate:
            server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            server.load_cert_chain(certificate)
        if change:
            change(client, server)
        return shake(client, server, name)

    def shake(client, server, name):
        pair = Pair(client, server, name)
        for _ in range(4):
            for side in (pair.client, pair.server):
                try:
                    side.do_handshake()
                except ssl.SSLWantReadError:
                    pass
                except ssl.SSLCertVerificationError as error:
                    return describe(error), error.verify_code, \
                        error.verify_message
                except OSError as error:
                    return describe(error)
        return 'accepted'

    for name in (NAME, 'LOCALHOST', 'localhost.', 'example.org', '127.0.0.1',
                 '::1', 'x' * 63 + '.org'):
        observe(f'name {name[:12]}', refused, name)
    for name in ('', '.x', 'x..y', '\0', 'a\0b', None, 5):
        observe(f'name {name!r}', refused, name)
    for label, path in (('self-signed', known.CERTFILE),
                        ('of CN only', known.NOSANFILE),
                        ('all names', known.ALLSANFILE)):
        observe(label, refused, certificate=path)
    for name in ('allsans', 'www.python.org', '127.0.0.1', '::1', 'x'):
        observe(f'all names: {name}', refused, name,
                certificate=known.ALLSANFILE)
    fresh = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    observe('no authorities', shake, fresh, contexts()[1], NAME)
    fresh.load_verify_locations(known.SIGNED_CERTFILE)
    observe('only the leaf', shake, fresh, contexts()[1], NAME)
    fresh.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    observe('partial chain', shake, fresh, contexts()[1], NAME)
    observe('no list', refused, change=lambda client, _: setattr(
        client, 'verify_flags', ssl.VERIFY_CRL_CHECK_LEAF))

    def listed(client, _):
        client.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        client.load_verify_locations(known.CRLFILE)

    observe('list', refused, change=listed)


def mismatch():
    """Contexts that do not go together."""
    section('mismatch')

    def both(client, server):
        return Pair(client, server).handshake()

    client, server = contexts()
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    server.minimum_version = ssl.TLSVersion.TLSv1_3
    observe('versions', both, client, server)
    client, server = contexts(ssl.TLSVersion.TLSv1_2)
    client.set_ciphers('ECDHE-RSA-AES128-GCM-SHA256')
    server.set_ciphers('ECDHE-RSA-AES256-GCM-SHA384')
    observe('ciphers', both, client, server)
    client, server = contexts(ssl.TLSVersion.TLSv1_2)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    observe('no certificate', both, client, server)
    client, server = contexts(ssl.TLSVersion.TLSv1_2)
    server.verify_mode = ssl.CERT_REQUIRED
    observe('no certificate of a client', both, client, server)
    client, server = contexts()
    for side in (client, server):
        for server_side in (False, True):
            observe(f'{side.protocol.name} {server_side}', side.wrap_bio,
                    ssl.MemoryBIO(), ssl.MemoryBIO(), server_side)
    observe('a name for a server', server.wrap_bio, ssl.MemoryBIO(),
            ssl.MemoryBIO(), True, 'x')
    observe('no BIO', client.wrap_bio, 1, 2)


def server_names():
    """Server name callbacks."""
    section('sni')
    sys.unraisablehook = lambda hook: say('unraisable', repr(hook.exc_value))

    def fail(*_):
        raise ZeroDivisionError('asked')

    for label, answer in (('None', lambda *_: None), ('0', lambda *_: 0),
                          ('unknown', lambda *_: 112), ('x', lambda *_: 'x'),
                          ('denied', lambda *_: 49), ('raises', fail)):
        client, server = contexts()
        server.sni_callback = answer
        observe(label, Pair(client, server).handshake)
    client, server = contexts()
    server.sni_callback = lambda side, name, context: say(
        'told', repr((type(side).__name__, name, context is server)))
    observe('told of it', Pair(client, server).handshake)
    client.check_hostname = False
    observe('no name', Pair(client, server, None).handshake)
    observe('an address', Pair(client, server, '127.0.0.1').handshake)


def memory():
    """MemoryBIO."""
    section('MemoryBIO')
    bio = ssl.MemoryBIO()
    observe_all('write', bio.write, [b'abc', b'', bytearray(b'de'), 'x', None,
                                     1, memoryview(b'abcdef')[::2]])
    observe('state', lambda: (bio.pending, bio.eof))
    observe_all('read', bio.read, [0, 2, 'x', None, 1.5, 1])
    bio.write_eof()
    observe('state after write_eof', lambda: (bio.pending, bio.eof))
    observe('write after write_eof', bio.write, b'x')
    observe_all('read', bio.read, [-1, -5, 10])
    observe('state at the end', lambda: (bio.pending, bio.eof))


def sockets():
    """TLS on sockets."""
    section('sockets')
    client, server = contexts(ssl.TLSVersion.TLSv1_2)
    one, other = socket.socketpair()
    observe('datagrams', client.wrap_socket,
            socket.socket(type=socket.SOCK_DGRAM))
    observe('no name', client.wrap_socket, one)
    one.setblocking(False)
    observe('nonblocking', client.wrap_socket, one, server_hostname=NAME)
    one, other = socket.socketpair()
    tls = client.wrap_socket(one, server_hostname=NAME,
                             do_handshake_on_connect=False)
    observe('detached', lambda: one.fileno())
    tls.settimeout(0)
    observe('not yet', tls.do_handshake)
    tls.settimeout(0.01)
    observe('handshake in vain', tls.do_handshake)
    observe('version', tls.version)
    peer = server.wrap_socket(other, server_side=True,
                              do_handshake_on_connect=False)
    for side in (tls, peer):
        side.settimeout(0)
    for _ in range(4):
        for side in (peer, tls):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                select.select([side], [], [], 0.1)
    connected(tls, peer)


def connected(tls, peer):
    """What can be done with a connection, and after its end."""
    observe('recv', tls.recv, 10)
    tls.settimeout(0.01)
    observe('recv in vain', tls.recv, 10)
    observe('recv_into in vain', tls.recv_into, bytearray(4))
    observe('read in vain', tls.read, 10)
    observe('unwrap in vain', tls.unwrap)
    observe('send after it', tls.send, b'x')
    for name, args in (('recv', (1, socket.MSG_PEEK)), ('send', (b'x', 1)),
                       ('sendall', (b'x', 1)), ('recvfrom', (1,)),
                       ('recvfrom_into', (bytearray(1),)), ('recvmsg', (1,)),
                       ('sendto', (b'x', ('127.0.0.1', 1))),
                       ('sendmsg', ([b'x'],)), ('dup', ()), ('recv', (-1,)),
                       ('recvmsg_into', ([bytearray(1)],)), ('recv', (0,)),
                       ('recv_into', (bytearray(0),)), ('sendall', ('x',)),
                       ('sendfile', (None,))):
        observe(f'{name}{args}', getattr(peer, name), *args)
    observe('the end', peer.recv, 10)
    peer.close()
    for name, args in (('recv', (1,)), ('send', (b'x',)), ('read', ()),
                       ('write', (b'x',)), ('unwrap', ()), ('version', ()),
                       ('cipher', ()), ('pending', ()), ('getpeercert', ()),
                       ('do_handshake', ()), ('shutdown', (2,)),
                       ('fileno', ())):
        observe(f'{name} after close', getattr(peer, name), *args)
    observe('a send to nobody', tls.send, b'x')
    observe('a recv from nobody', tls.recv, 10)
    tls.shutdown(socket.SHUT_RDWR)
    observe('a plain recv', tls.recv, 10)
    observe('unwrap', tls.unwrap)


if __name__ == '__main__':
    warnings.simplefilter('ignore')
    for each in VERSIONS:
        agreed(each)
    cut()
    verification()
    mismatch()
    server_names()
    memory()
    sockets()
