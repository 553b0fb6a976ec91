package tlsbridge_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/tlsbridge"
)

// ourContext is what we bring to a case.
func ourContext(t *testing.T, x exam, protocol tlsbridge.Protocol) *tlsbridge.Context {
	t.Helper()
	c := newContext(t, protocol)
	must(t, c.SetVersions(x.version, x.version))
	must(t, c.LoadVerifyData(pki().authority.PEM()))
	id := identities()[x.key]
	if protocol == tlsbridge.PROTOCOL_TLS_SERVER {
		c.AddCertificate(id.server.TLS())
		if x.feat == featClientCert {
			must(t, c.SetVerifyMode(tlsbridge.CERT_REQUIRED))
		}
	} else if x.feat == featClientCert {
		c.AddCertificate(id.client.TLS())
	}
	if x.feat == featALPN {
		must(t, c.SetALPNProtocols("other", alpnName))
	}
	return c
}

// proven looks at what has been agreed on. The n-th connection has it.
func proven(x exam, s *tlsbridge.Socket, n int) error {
	switch {
	case s.Version() != x.version.String():
		return fmt.Errorf("version %s", s.Version())
	case x.feat == featALPN && s.SelectedALPNProtocol() != alpnName:
		return fmt.Errorf("protocol %q", s.SelectedALPNProtocol())
	case x.feat == featClientCert && s.ServerSide() && !bytes.Equal(s.GetPeerCertDER(), identities()[x.key].client.Certificate().Raw):
		return errors.New("not the client's certificate")
	case x.feat == featResumption && s.SessionReused() != (n > 0):
		return fmt.Errorf("connection %d: reused is %v", n, s.SessionReused())
	}
	return nil
}

// ourServer runs a server of blocking sockets for one case.
func ourServer(t *testing.T, x exam, http bool) (port int, wait func() error) {
	t.Helper()
	l, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	must(t, err)
	closeAfter(t, l)
	must(t, l.Bind(fdsock.Inet("127.0.0.1", 0)))
	must(t, l.Listen())
	addr, err := l.GetSockName()
	must(t, err)
	l.SetTimeout(patience)
	ctx := ourContext(t, x, tlsbridge.PROTOCOL_TLS_SERVER)
	done := make(chan error, 1)
	go func() {
		var err error
		for n := 0; n < x.connections() && err == nil; n++ {
			var sock *fdsock.Socket
			if sock, _, err = l.Accept(); err == nil {
				sock.SetTimeout(patience)
				err = ourService(x, ctx, sock, n, http)
				_ = sock.Close()
			}
		}
		_ = l.Close()
		done <- err
	}()
	return addr.(fdsock.InetAddr).Port, func() error { return <-done }
}

// ourService serves the n-th connection.
func ourService(x exam, ctx *tlsbridge.Context, sock *fdsock.Socket, n int, http bool) error {
	if x.feat == featSTARTTLS {
		if err := greet(sock); err != nil {
			return fmt.Errorf("in clear: %w", err)
		}
	}
	s, err := ctx.Wrap(sock, tlsbridge.Options{KeepRaggedEOFs: x.feat == featUnwrap || x.feat == featAgain})
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.DoHandshake(); err != nil {
		return err
	}
	if err := proven(x, s, n); err != nil {
		return err
	}
	switch {
	case http && x.feat == featSTARTTLS:
		err = smtpInside(s)
	case http:
		err = serveHTTP(s, x)
	default:
		err = echoAll(s)
	}
	if err != nil || x.feat != featUnwrap && x.feat != featAgain {
		return err
	}
	plain, err := s.Unwrap()
	if err != nil || x.feat == featUnwrap {
		return err
	}
	if err := echoLine(plain); err != nil {
		return fmt.Errorf("in clear: %w", err)
	}
	again, err := ctx.Wrap(plain, tlsbridge.Options{})
	if err != nil {
		return err
	}
	defer again.Close()
	if err := echoAll(again); err != nil {
		return err
	}
	_, err = again.Unwrap()
	return err
}

// echoAll returns everything until the end of the stream.
func echoAll(s *tlsbridge.Socket) error {
	buf := make([]byte, 32<<10)
	for {
		n, err := s.RecvInto(buf)
		if err != nil || n == 0 {
			return err
		}
		if err := s.SendAll(buf[:n]); err != nil {
			return err
		}
	}
}

// talker is a plain or a TLS socket.
type talker interface {
	Recv(n int, flags ...int) ([]byte, error)
	SendAll(p []byte, flags ...int) error
}

// readLine receives a byte at a time, so as to take nothing that is TLS.
func readLine(s talker) (string, error) {
	var line []byte
	for {
		p, err := s.Recv(1)
		if err == nil && len(p) == 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return "", fmt.Errorf("after %q: %w", line, err)
		}
		if line = append(line, p...); p[0] == '\n' {
			return string(line), nil
		}
	}
}

func echoLine(s *fdsock.Socket) error {
	line, err := readLine(s)
	if err != nil {
		return err
	}
	return s.SendAll([]byte(line))
}

// answering is one side of a dialog: it sends, and reads what must begin so.
func answering(s talker, turns ...[2]string) error {
	for _, turn := range turns {
		if turn[0] != "" {
			if err := s.SendAll([]byte(turn[0])); err != nil {
				return err
			}
		}
		if turn[1] == "" {
			continue
		}
		line, err := readLine(s)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(strings.ToUpper(line), turn[1]) {
			return fmt.Errorf("%q instead of %q", line, turn[1])
		}
	}
	return nil
}

// greet is the plaintext of a mail server up to STARTTLS, RFC 3207.
func greet(s *fdsock.Socket) error {
	return answering(s,
		[2]string{"220 pollux\r\n", "EHLO"}, [2]string{"250-pollux\r\n250 STARTTLS\r\n", "STARTTLS"}, [2]string{"220 go\r\n", ""})
}

// askTLS is the client's side of it.
func askTLS(s *fdsock.Socket) error {
	return answering(s,
		[2]string{"", "220"}, [2]string{"EHLO x\r\n", "250-"}, [2]string{"", "250"}, [2]string{"STARTTLS\r\n", "220"})
}

// smtpInside is what a mail client does under TLS when it has nothing to send.
func smtpInside(s *tlsbridge.Socket) error {
	return answering(s, [2]string{"", "EHLO"}, [2]string{"250 pollux\r\n", "NOOP"}, [2]string{"250 ok\r\n", "QUIT"}, [2]string{"221 bye\r\n", ""})
}

// serveHTTP answers one request with the message, and reads to the end.
func serveHTTP(s *tlsbridge.Socket, x exam) error {
	for {
		line, err := readLine(s)
		if err != nil {
			return err
		}
		if line == "\r\n" {
			break
		}
	}
	body := x.message()
	if err := s.SendAll(fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)); err != nil {
		return err
	}
	p, err := s.Recv(1)
	if err == nil && len(p) != 0 {
		err = errors.New("the client goes on")
	}
	return err
}

// ourClient plays the client's part of one case.
func ourClient(t *testing.T, x exam, port int) error {
	t.Helper()
	ctx := ourContext(t, x, tlsbridge.PROTOCOL_TLS_CLIENT)
	var session *tlsbridge.Session
	for n := range x.connections() {
		sock, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
		must(t, err)
		closeAfter(t, sock)
		sock.SetTimeout(patience)
		must(t, sock.Connect(fdsock.Inet("127.0.0.1", port)))
		if session, err = ourVisit(x, ctx, sock, session, n); err != nil {
			_ = sock.Close() // or the peer would wait for more
			return err
		}
	}
	return nil
}

// ourVisit is the n-th connection. It returns a session to resume.
func ourVisit(x exam, ctx *tlsbridge.Context, sock *fdsock.Socket, session *tlsbridge.Session, n int) (*tlsbridge.Session, error) {
	if x.feat == featSTARTTLS {
		if err := askTLS(sock); err != nil {
			return nil, fmt.Errorf("in clear: %w", err)
		}
	}
	s, err := ctx.Wrap(sock, tlsbridge.Options{ServerHostname: serverName, Session: session, KeepRaggedEOFs: true})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.DoHandshake(), proven(x, s, n), hear(s, x)); err != nil {
		return nil, err
	}
	session = s.Session()
	plain, err := s.Unwrap()
	if err != nil {
		return nil, fmt.Errorf("unwrap: %w", err)
	}
	if x.feat != featAgain {
		return session, plain.Close()
	}
	if err := echoLine(plain); err != nil {
		return nil, fmt.Errorf("in clear: %w", err)
	}
	again, err := ctx.Wrap(plain, tlsbridge.Options{ServerHostname: serverName})
	if err != nil {
		return nil, err
	}
	if err := hear(again, x); err != nil {
		return nil, err
	}
	_, err = again.Unwrap()
	return session, errors.Join(err, plain.Close())
}

// hear sends the message and wants it back.
func hear(s *tlsbridge.Socket, x exam) error {
	msg := []byte(x.message())
	sent := make(chan error, 1)
	go func() { sent <- s.SendAll(msg) }()
	got := make([]byte, len(msg))
	err := recvFull(s, got)
	if err != nil {
		_ = s.Close()
	}
	if err = errors.Join(err, <-sent); err == nil && !bytes.Equal(got, msg) {
		err = errors.New("the echo differs")
	}
	return err
}

// byteRelay listens for one connection to the port, and hands everything on in
// segments of a byte.
func byteRelay(t *testing.T, port int) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var wg sync.WaitGroup
	wg.Go(func() {
		near, err := l.Accept()
		if err != nil {
			return
		}
		defer near.Close()
		far, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
		if err != nil {
			return
		}
		defer far.Close()
		back := make(chan bool)
		go func() { defer close(back); byteByByte(near.(*net.TCPConn), far.(*net.TCPConn)) }()
		byteByByte(far.(*net.TCPConn), near.(*net.TCPConn))
		<-back
	})
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	return l.Addr().(*net.TCPAddr).Port
}

// byteByByte copies; package net has switched Nagle's algorithm off.
func byteByByte(to, from *net.TCPConn) {
	var b [1]byte
	for {
		n, err := from.Read(b[:])
		if n > 0 {
			_, err = to.Write(b[:n])
		}
		if err != nil {
			_ = to.CloseWrite()
			return
		}
	}
}
