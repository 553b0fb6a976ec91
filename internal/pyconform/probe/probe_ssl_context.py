"""SSLContext: attributes, what is loaded, and what is refused."""

import copy
import os
import pickle
import ssl
import warnings
from test import test_ssl as known

from observing import observe, observe_all, section

CLIENT, SERVER = ssl.PROTOCOL_TLS_CLIENT, ssl.PROTOCOL_TLS_SERVER
ODD = [None, 'x', 1.5, b'1', -3, 99, 2**40, 2**70]


def client():
    """Makes a client's context."""
    return ssl.SSLContext(CLIENT)


def server():
    """Makes a server's context."""
    return ssl.SSLContext(SERVER)


def both():
    """Makes a context for both sides."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS)


def setting(make, name):
    """Gives a function that sets an attribute and reads it again."""
    def function(value):
        context = make()
        setattr(context, name, value)
        return getattr(context, name)
    return function


def attributes():
    """Reads and sets them."""
    section('context attributes')
    for make in client, server, both:
        for name in ('protocol', 'verify_mode', 'verify_flags', 'options',
                     'check_hostname', 'hostname_checks_common_name',
                     'minimum_version', 'maximum_version', 'num_tickets',
                     'post_handshake_auth', 'keylog_filename', 'sni_callback',
                     'security_level', '_msg_callback'):
            observe(f'{make.__name__} {name}', getattr, make(), name)
        for name, values in (
                ('verify_mode', [0, 1, 2, ssl.CERT_REQUIRED]),
                ('check_hostname', [0, 1, '', 'x', None]),
                ('verify_flags', [0, 4, 0xc, 0x20, 0x8000, 0x80000]),
                ('num_tickets', [0, 1, 2]),
                ('options', [0, ssl.OP_NO_TICKET, ssl.OP_NO_TLSv1_3]),
                ('minimum_version', list(ssl.TLSVersion)),
                ('maximum_version', list(ssl.TLSVersion)[2:]),
                ('keylog_filename', [None, '/nonexistent/x', 1.5, '']),
                ('sni_callback', [None, 1, 'x']),
                ('_msg_callback', [None, 1])):
            observe_all(f'{make.__name__} {name}', setting(make, name), values)
    for name in ('verify_mode', 'num_tickets', 'minimum_version',
                 'maximum_version'):
        observe_all(f'server {name}', setting(server, name), ODD)
    for name in ('options', 'verify_flags'):
        observe_all(f'server {name}', setting(server, name), ODD[:4])


def rules():
    """What attributes have to do with each other."""
    section('context rules')
    context = client()
    observe('CERT_NONE while checking', setattr, context, 'verify_mode', 0)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.check_hostname = True
    observe('checking raises the mode', lambda: context.verify_mode)
    observe_all('SSLContext', ssl.SSLContext,
                [*range(-2, 20), None, 'x', 2**40])
    for act in (copy.copy, copy.deepcopy, pickle.dumps):
        observe(act.__name__, act, context)
    observe('set an attribute of the type', setattr, ssl._ssl._SSLContext,
            'x', 1)
    for kind in (ssl.SSLSession, ssl._ssl.Certificate):
        observe(f'make a {kind.__name__}', kind)


def ciphers():
    """Selects suites."""
    section('ciphers')

    def chosen(text):
        context = client()
        context.set_ciphers(text)
        return [one['name'] for one in context.get_ciphers()
                if one['protocol'] != 'TLSv1.3']

    observe_all('set_ciphers', chosen, [
        'AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384', 'nonsense', '',
        'AES128-SHA:AES256-SHA', 'ECDHE+AESGCM', 'ECDHE+CHACHA20',
        'ECDHE+AESGCM:-AES256:+aRSA', 'ECDHE+AESGCM:!aRSA',
        'kRSA+AESGCM', '@SECLEVEL=2:ECDHE+AESGCM', None, 5,
        'ECDHE-RSA-AES128-GCM-SHA256 ECDHE-RSA-AES256-GCM-SHA384', '!ALL'])
    observe_all('set_ecdh_curve', client().set_ecdh_curve, [
        'prime256v1', b'secp384r1', 'nope', '', None, 1])
    observe_all('set_alpn_protocols', client().set_alpn_protocols, [
        ['http/1.1', 'h2'], [], [''], ['x' * 255], ['x' * 256], [b'x'],
        None, 'abc'])


def loading():
    """Loads certificates, keys and authorities."""
    section('load_cert_chain')

    def load(*args, **kwargs):
        context = server()
        return context.load_cert_chain(*args, **kwargs)

    one, locked = known.CERTFILE, known.CERTFILE_PROTECTED

    def fail():
        raise ZeroDivisionError('asked')

    for label, args, kwargs in [
            ('both in one', (one,), {}), ('bytes', (os.fsencode(one),), {}),
            ('missing', ('/nonexistent',), {}), ('none', (None,), {}),
            ('two', (known.ONLYCERT, known.ONLYKEY), {}),
            ('only a certificate', (known.ONLYCERT,), {}),
            ('only a key', (known.ONLYKEY,), {}),
            ('swapped', (known.ONLYKEY, known.ONLYCERT), {}),
            ('missing key', (known.ONLYCERT, '/nonexistent'), {}),
            ('broken', (known.BADCERT,), {}), ('empty', (known.EMPTYCERT,), {}),
            ('broken key', (known.BADKEY,), {}),
            ('of another', (known.SIGNED_CERTFILE, known.ONLYKEY), {}),
            ('right password', (locked,), {'password': known.KEY_PASSWORD}),
            ('callable', (locked,), {'password': lambda: 'somepass'}),
            ('wrong password', (locked,), {'password': 'no'}),
            ('long password', (locked,), {'password': b'a' * 102400}),
            ('odd password', (locked,), {'password': 1}),
            ('odd answer', (locked,), {'password': lambda: 1}),
            ('failing', (locked,), {'password': fail}),
            ('not needed', (one,), {'password': fail}),
            ('odd and not needed', (one,), {'password': 1}),
            ('integer', (1,), {}), ('integer key', (one, 1), {})]:
        observe(label, load, *args, **kwargs)
    locations()


def locations():
    """Loads authorities."""
    section('load_verify_locations')
    with open(known.CAFILE_CACERT, encoding='ascii') as file:
        pem = file.read()
    der = ssl.PEM_cert_to_DER_cert(pem)

    def load(**kwargs):
        context = client()
        context.load_verify_locations(**kwargs)
        return context.cert_store_stats(), len(context.get_ca_certs())

    for label, kwargs in [
            ('file', {'cafile': known.SIGNING_CA}), ('nothing', {}),
            ('a leaf', {'cafile': known.SIGNED_CERTFILE}),
            ('folder', {'capath': known.CAPATH}),
            ('missing folder', {'capath': '/nonexistent'}),
            ('missing file', {'cafile': '/nonexistent'}),
            ('broken', {'cafile': known.BADCERT}),
            ('empty', {'cafile': known.EMPTYCERT}),
            ('only a key', {'cafile': known.ONLYKEY}),
            ('list', {'cafile': known.CRLFILE}),
            ('integer', {'cafile': 1}), ('integer folder', {'capath': 1}),
            ('text', {'cadata': pem}), ('DER', {'cadata': der}),
            ('two DER', {'cadata': der + der}),
            ('bytearray', {'cadata': bytearray(der)}),
            ('empty text', {'cadata': ''}), ('empty DER', {'cadata': b''}),
            ('no text', {'cadata': 'x'}), ('no DER', {'cadata': b'x'}),
            ('not ASCII', {'cadata': '\xe9'}), ('odd', {'cadata': 1}),
            ('DER and more', {'cadata': der + b'A'}),
            ('cut DER', {'cadata': der[:-1]}),
            ('text twice', {'cadata': pem + pem})]:
        observe(label, load, **kwargs)
    for label, path in (('a file', known.DHFILE), ('none', '/nonexistent'),
                        ('odd', None), ('a certificate', known.CERTFILE)):
        observe(f'load_dh_params {label}', client().load_dh_params, path)
    section('certificates')
    for name in ('CERTFILE', 'SIGNED_CERTFILE', 'SIGNED_CERTFILE_ECC',
                 'NOKIACERT', 'NULLBYTECERT', 'TALOS_INVALID_CRLDP',
                 'ALLSANFILE', 'NOSANFILE', 'IDNSANSFILE', 'SIGNING_CA'):
        observe(f'{name}', ssl._ssl._test_decode_cert, getattr(known, name))
    observe('missing', ssl._ssl._test_decode_cert, '/nonexistent')


def functions():
    """The functions of the module."""
    section('ssl functions')
    observe_all('txt2obj', ssl._txt2obj, [
        '2.5.4.3', '1.3.6.1.5.5.7.3.1', '', 'commonName'])
    for name in ('serverAuth', 'commonName', 'CN', 'nope', 'UTF8String'):
        observe(f'txt2obj by name {name}', ssl._txt2obj, name, True)
    observe_all('nid2obj', ssl._nid2obj, [129, 13, -1, 2**40, 'x', 999999])
    observe_all('RAND_bytes', lambda n: len(ssl.RAND_bytes(n)),
                [0, 1, 1000, -1, 'x', 2**40])
    observe('RAND_status', ssl.RAND_status)
    for args in (('x', 1.0), (b'x', 1), (bytearray(b'x'), 0.5), (1, 1)):
        observe(f'RAND_add{args}', ssl.RAND_add, *args)


if __name__ == '__main__':
    warnings.simplefilter('ignore')
    attributes()
    rules()
    ciphers()
    loading()
    functions()
