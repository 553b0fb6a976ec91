package tlsbridge_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/tlsbridge"
)

func contexts(t *testing.T) (client, server *tlsbridge.Context) {
	t.Helper()
	ca, err := certs.NewAuthority(certs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := ca.Issue(certs.Leaf{Names: []string{"server.test"}, Usage: certs.Server})
	if err != nil {
		t.Fatal(err)
	}
	server = tlsbridge.NewContext(tlsbridge.PROTOCOL_TLS_SERVER)
	server.AddCertificate(pair.TLS())
	client = tlsbridge.NewContext(tlsbridge.PROTOCOL_TLS_CLIENT)
	if err := client.LoadVerifyData(ca.PEM()); err != nil {
		t.Fatal(err)
	}
	return client, server
}

func TestBlocking(t *testing.T) {
	cctx, sctx := contexts(t)
	a, b, err := fdsock.SocketPair()
	if err != nil {
		t.Fatal(err)
	}
	c, err := cctx.Wrap(a, tlsbridge.Options{ServerHostname: "server.test"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := sctx.Wrap(b, tlsbridge.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	defer s.Close()
	c.SetTimeout(5 * time.Second)
	done := make(chan error)
	go func() {
		var buf [4096]byte
		for {
			n, err := s.RecvInto(buf[:])
			if err != nil || n == 0 {
				_, err = s.Unwrap()
				done <- err
				return
			}
			if err := s.SendAll(buf[:n]); err != nil {
				done <- err
				return
			}
		}
	}()
	msg := bytes.Repeat([]byte("0123456789abcdef"), 10000)
	go func() {
		if err := c.SendAll(msg); err != nil {
			t.Error(err)
		}
	}()
	var got []byte
	for len(got) < len(msg) {
		p, err := c.Recv(20000)
		if err != nil || len(p) == 0 {
			t.Fatal(len(got), err)
		}
		got = append(got, p...)
	}
	if !bytes.Equal(got, msg) {
		t.Fatal("echo differs")
	}
	t.Log(c.Version(), c.Cipher())
	if _, err := c.Unwrap(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// handshakeBySelect is the loop of the draft, as written.
func handshakeBySelect(s *tlsbridge.Socket) (steps int, err error) {
	for {
		err = s.DoHandshake()
		switch {
		case err == nil:
			return steps, nil
		case tlsbridge.SSLWantReadError(err):
			_, _, _, err = pyselect.Select([]pyselect.Object{s}, nil, nil, 5*time.Second)
		case tlsbridge.SSLWantWriteError(err):
			_, _, _, err = pyselect.Select(nil, []pyselect.Object{s}, nil, 5*time.Second)
		}
		if err != nil {
			return steps, err
		}
		steps++
	}
}

func TestNonblockingHandshake(t *testing.T) {
	cctx, sctx := contexts(t)
	a, b, err := fdsock.SocketPair()
	if err != nil {
		t.Fatal(err)
	}
	c, _ := cctx.Wrap(a, tlsbridge.Options{ServerHostname: "server.test"})
	s, _ := sctx.Wrap(b, tlsbridge.Options{})
	defer c.Close()
	defer s.Close()
	c.SetTimeout(0)
	s.SetTimeout(0)
	done := make(chan error)
	go func() { _, err := handshakeBySelect(s); done <- err }()
	steps, err := handshakeBySelect(c)
	if err != nil {
		t.Fatal(err)
	}
	if steps == 0 {
		t.Fatal("handshake never waited")
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
