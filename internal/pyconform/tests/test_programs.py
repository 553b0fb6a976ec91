"""Whole programs under python3 -m pollux; they need Go to build the library."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.request

FOLDER = pathlib.Path(__file__).resolve().parents[1]

TLS_ECHO = '''
import asyncio, socket, ssl, sys

async def echo(reader, writer):
    writer.write(await reader.readline())
    await writer.drain()
    writer.close()

async def main(certificate):
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(certificate)
    client_side = ssl.create_default_context(cafile=certificate)
    server = await asyncio.start_server(echo, '127.0.0.1', 0, ssl=server_side)
    address = server.sockets[0].getsockname()
    reader, writer = await asyncio.open_connection(
        *address, ssl=client_side, server_hostname='localhost')
    writer.write(b'over TLS\\n')
    print((await reader.readline()).decode(), end='')
    print(type(socket.SocketType.recv).__name__, 'Pollux' in ssl.OPENSSL_VERSION)
    writer.close()
    server.close()

asyncio.run(main(sys.argv[1]))
'''

BLOCKING_TLS = '''
import signal, socket, ssl, sys, threading

def serve(listener, context):
    with context.wrap_socket(listener.accept()[0], server_side=True) as one:
        one.sendall(one.recv(100).upper())
        one.unwrap().sendall(b'plain')

context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(sys.argv[1])
listener = socket.create_server(('127.0.0.1', 0))
threading.Thread(target=serve, args=(listener, context)).start()
trust = ssl.create_default_context(cafile=sys.argv[1])
heard = []
signal.signal(signal.SIGALRM, lambda *_: (heard.append(1), one.send(b'late')))
with trust.wrap_socket(socket.create_connection(listener.getsockname()),
                       server_hostname='localhost') as one:
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    print(one.recv(100), heard, one.version())
    print(one.unwrap().recv(100))
'''

FORKED_TLS = '''
import os, ssl
context = ssl.create_default_context()
random = ssl.RAND_bytes(8)
if os.fork() == 0:
    print(len(ssl.RAND_bytes(8)), flush=True)
    try:
        context.get_ciphers()
    except RuntimeError as error:
        print(error, flush=True)
    del context
    os._exit(0)
os.wait()
'''

FORKING = '''
import os, socket
one, other = socket.socketpair()
if os.fork() == 0:
    one.send(b'child')
    os._exit(0)
os.wait()
print(other.recv(9))
'''


def pollux(*arguments, **options):
    """Starts a program on Pollux."""
    environment = os.environ | {'PYTHONPATH': str(FOLDER),
                                'PYTHONUNBUFFERED': '1'}
    return subprocess.Popen(
        [sys.executable, '-m', 'pollux', *arguments], env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def output_of(*arguments):
    """Runs a program to its end."""
    with pollux(*arguments) as process:
        out, errors = process.communicate(timeout=120)
    return process.returncode, out, errors


@unittest.skipUnless(shutil.which(os.environ.get('GO', 'go'))
                     or 'POLLUX_LIB' in os.environ, 'there is no go')
class ProgramTest(unittest.TestCase):
    """Programs that know nothing of Pollux."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def script(self, text):
        path = self.folder / 'script.py'
        path.write_text(text)
        return str(path)

    def test_command_line(self):
        status, out, _ = output_of(
            self.script('import sys; print(sys.argv[1:], __name__)'), 'a', '-b')
        self.assertEqual((status, out), (0, "['a', '-b'] __main__\n"))
        status, out, _ = output_of('-c', 'import sys; sys.exit(len(sys.argv))')
        self.assertEqual(status, 1)

    def test_it_is_pollux(self):
        _, out, _ = output_of('-c', 'import _socket, select, _ssl\n'
                                    'for module in _socket, select, _ssl:\n'
                                    '    print(module.__file__)')
        self.assertEqual(out.count('/shim/_s') + out.count('/shim/select'), 3)

    def test_http_server(self):
        (self.folder / 'page').write_text('served by Pollux')
        with pollux('-m', 'http.server', '0', '--bind', '127.0.0.1',
                    cwd=self.folder) as server:
            try:
                port = self.port_of(server)
                url = f'http://127.0.0.1:{port}/page'
                if shutil.which('curl'):
                    text = subprocess.run(['curl', '-sS', url], check=True,
                                          capture_output=True, text=True).stdout
                else:
                    with urllib.request.urlopen(url) as page:
                        text = page.read().decode()
            finally:
                server.terminate()
                server.communicate()
        self.assertEqual(text, 'served by Pollux')

    def port_of(self, server):
        """Reads the port from the server's greeting."""
        return server.stdout.readline().split(' port ')[1].split()[0]

    def certificate(self):
        """Makes a file with a certificate of localhost and its key."""
        certificate = self.folder / 'cert.pem'
        key = self.folder / 'key.pem'
        subprocess.run(
            ['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes',
             '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
             '-keyout', key, '-out', certificate], check=True,
            stderr=subprocess.DEVNULL)
        certificate.write_text(key.read_text() + certificate.read_text())
        return str(certificate)

    @unittest.skipUnless(shutil.which('openssl'), 'there is no openssl')
    def test_asyncio_tls(self):
        status, out, errors = output_of(
            self.script(TLS_ECHO), self.certificate())
        self.assertEqual((status, out), (0, 'over TLS\nfunction True\n'), errors)

    @unittest.skipUnless(shutil.which('openssl'), 'there is no openssl')
    def test_tls_and_signals(self):
        """A handler runs while a read waits, and the read goes on."""
        status, out, errors = output_of(
            self.script(BLOCKING_TLS), self.certificate())
        self.assertEqual(
            (status, out), (0, "b'LATE' [1] TLSv1.3\nb'plain'\n"), errors)

    def test_fork_ends_tls(self):
        status, out, errors = output_of('-c', FORKED_TLS)
        self.assertEqual((status, out), (
            0, '8\nthis process was forked from one that runs on Pollux; '
            'it cannot use TLS before it calls exec\n'), errors)

    def test_fork_is_told(self):
        status, out, errors = output_of('-c', FORKING)
        self.assertEqual((status, out), (0, "b'child'\n"), errors)
        self.assertIn('RuntimeWarning: this process was forked', errors)

    def test_too_late(self):
        program = 'import socket\nfrom pollux import boot\nboot.install()'
        done = subprocess.run(
            [sys.executable, '-c', program], capture_output=True, text=True,
            env=os.environ | {'PYTHONPATH': str(FOLDER)}, check=False)
        self.assertIn('already imported', done.stderr)
