"""_ssl on Pollux, where neither test_ssl nor a probe looks."""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

FOLDER = pathlib.Path(__file__).resolve().parents[1]

GONE = '''
import socket, ssl
context = ssl.create_default_context()
one, other = socket.socketpair()
inner = context._wrap_socket(one, False, 'localhost')
del one
try:
    inner.do_handshake()
except ssl.SSLError as error:
    print(error.errno, error)
'''

DROPPED = '''
import select, socket, ssl
context = ssl.create_default_context()
one, other = socket.socketpair()
tls = context.wrap_socket(one, server_hostname='localhost',
                          do_handshake_on_connect=False)
other.send(b'plain')
tls._sslobj = None
print(tls.recv(9), select.select([tls], [], [], 0)[0])
'''

FREED = '''
import ssl
from pollux.abi import tls
for _ in range(3):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    one = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())
    try:
        one.do_handshake()
    except ssl.SSLWantReadError:
        pass
del one, context
for made, freed in (('ctx_new', 'ctx_free'), ('obj_new', 'conn_free'),
                    ('bio_new', 'bio_free')):
    print(tls.counts[made], tls.counts[freed])
'''

CHANGED = '''
import os, ssl
os.environ['SSL_CERT_FILE'] = '/nowhere/file'
print(ssl.get_default_verify_paths().cafile)
context = ssl.create_default_context()
print(context.cert_store_stats()['x509'])
'''


@unittest.skipUnless(shutil.which(os.environ.get('GO', 'go'))
                     or 'POLLUX_LIB' in os.environ, 'there is no go')
class TLSTest(unittest.TestCase):
    """Small programs."""

    def output_of(self, program, **environment):
        done = subprocess.run(
            [sys.executable, '-m', 'pollux', '-c', program], text=True,
            env=os.environ | {'PYTHONPATH': str(FOLDER)} | environment,
            capture_output=True, check=False, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_socket_is_gone(self):
        self.assertEqual(self.output_of(GONE),
                         '0 Underlying socket connection gone\n')

    def test_dropping_tls_leaves_a_socket(self):
        self.assertEqual(self.output_of(DROPPED), "b'plain' []\n")

    def test_nothing_stays(self):
        self.assertEqual(self.output_of(FREED, POLLUX_COUNT='1'),
                         '3 3\n3 3\n6 6\n')

    def test_environment_of_now(self):
        self.assertEqual(self.output_of(CHANGED), 'None\n0\n')


if __name__ == '__main__':
    unittest.main()
