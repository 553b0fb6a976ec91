//go:build linux

package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

// link is one connection with at most one message under way.
type link struct {
	fd    int
	codec codec
	size  int           // of an answer
	out   []byte        // wire bytes still to be sent
	left  int           // bytes of the echo still to come
	sent  time.Duration // when the message was started
}

// provedBytes bounds the first echo: what both kernels' buffers surely hold,
// for it is written in one go before anything is read.
const provedBytes = 16 * 1024

// dialLink connects, shakes hands and proves the connection with one echo, all
// of it blocking. Then the descriptor becomes nonblocking.
func dialLink(l load) (*link, error) {
	addr, err := netip.ParseAddrPort(l.addr)
	if err != nil {
		return nil, err
	}
	connect := connectTCP
	if l.udp {
		connect = connectUDP
	}
	fd, err := connect(addr, stallTimeout)
	if err != nil {
		return nil, err
	}
	k := &link{fd: fd}
	message, prove := l.exchange()
	if l.tls {
		err = k.upgrade(message, prove)
	} else {
		k.codec = plainCodec{message}
		k.size, err = prove(fdStream(fd))
	}
	if err != nil {
		return nil, err
	}
	return k, setNonblock(fd)
}

// upgrade makes a TLS connection of the link. By the time the echo has been
// proved the server has nothing more to say, session tickets included, so the
// codec starts between two records.
func (k *link) upgrade(message []byte, prove prover) error {
	transport := &switchConn{stream: fdStream(k.fd)}
	conn := tls.Client(transport, peer.ClientTLS())
	if err := conn.Handshake(); err != nil {
		return err
	}
	if err := peer.CheckTLS(conn.ConnectionState()); err != nil {
		return err
	}
	size, err := prove(conn)
	if err != nil {
		return err
	}
	k.size = size
	transport.capture = true
	k.codec = &tlsCodec{conn: conn, transport: transport, message: message}
	return nil
}

// prover has a connection show that it works, and returns how long an answer is.
type prover func(io.ReadWriter) (answer int, err error)

// exchange is the message that a connection sends, and how it is proved.
func (l load) exchange() (message []byte, prove prover) {
	if l.pipeline > 0 {
		return bytes.Repeat([]byte(peer.HTTPRequest), l.pipeline),
			func(stream io.ReadWriter) (int, error) { return proveHTTP(stream, l.pipeline) }
	}
	message = pattern(l.size)
	return message, func(stream io.ReadWriter) (int, error) { return l.size, proveEcho(stream, message) }
}

func proveEcho(stream io.ReadWriter, message []byte) error {
	return peer.Echo(stream, message[:min(len(message), provedBytes)])
}

// pattern is a message in which no short shift goes unnoticed.
func pattern(size int) []byte {
	message := make([]byte, size)
	for i := range message {
		message[i] = byte(i % 251)
	}
	return message
}

// next starts a message.
func (k *link) next(now time.Duration) (err error) {
	if k.out, err = k.codec.encode(); err != nil {
		return err
	}
	k.left, k.sent = k.size, now
	return k.flush()
}

func (k *link) flush() error {
	for len(k.out) > 0 {
		n, err := tryWrite(k.fd, k.out)
		if err != nil || n == 0 {
			return err
		}
		k.out = k.out[n:]
	}
	return nil
}

// receive reads once; n is 0 if there was nothing. complete tells that the
// echo has all arrived.
func (k *link) receive(scratch []byte) (n int, complete bool, err error) {
	if n, err = tryRead(k.fd, scratch); n == 0 || err != nil {
		return n, false, err
	}
	plain, err := k.codec.decode(scratch[:n])
	if err != nil {
		return n, false, err
	}
	if k.left -= plain; k.left < 0 {
		return n, false, fmt.Errorf("the echo is %d bytes too long", -k.left)
	}
	return n, plain > 0 && k.left == 0, nil
}
