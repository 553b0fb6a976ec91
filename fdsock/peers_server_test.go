package fdsock_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
)

// pythonClient runs a client to its end.
func pythonClient(t *testing.T, kind string, addr fdsock.Addr) {
	t.Helper()
	address := addr.String()
	if inet, ok := addr.(fdsock.InetAddr); ok {
		address = fmt.Sprint(inet.Host(), " ", inet.Port)
	}
	var stderr bytes.Buffer
	cmd := pythonPeer(t, &stderr, "client", kind, address, strconv.Itoa(transferred()))
	if err := cmd.Run(); err != nil {
		t.Errorf("%s: %v\n%s", kind, err, &stderr)
	}
}

// serveStream answers the requests of one connection as testdata/peers.py
// does, until its end.
func serveStream(s *fdsock.Socket) error {
	in := bufio.NewReader(reader{s})
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return ended(err)
		}
		word, number, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, _ := strconv.Atoi(number) // 0 without one
		switch word {
		case "echo":
			buffer := make([]byte, 64<<10)
			for n > 0 && err == nil {
				var got int
				if got, err = in.Read(buffer[:min(n, len(buffer))]); err == nil {
					n -= got
					err = s.SendAll(buffer[:got])
				}
			}
		case "blob":
			err = s.SendAll(peerPattern(n))
		case "sum":
			var all []byte
			if all, err = io.ReadAll(in); err == nil {
				return s.SendAll([]byte(digest(all)))
			}
		case "reset":
			return s.SetSockOptBytes(fdsock.SOL_SOCKET, fdsock.SO_LINGER, binary.NativeEndian.AppendUint32(binary.NativeEndian.AppendUint32(nil, 1), 0))
		case "silent":
			_, err = io.Copy(io.Discard, in)
		}
		if err != nil {
			return err
		}
	}
}

// ended is an error unless it is the end of the stream.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// serveStreams serves connections, each in a goroutine, until the listener is
// closed; the result waits for their end.
func serveStreams(t *testing.T, l *fdsock.Socket) (wait func()) {
	t.Helper()
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			s, _, err := l.Accept()
			if err != nil {
				wantClosed(t, err)
				return
			}
			wg.Go(func() {
				if err := serveStream(s); err != nil {
					t.Error("a connection ends with", err)
				}
				closeSocket(t, s)
			})
		}
	})
	return wg.Wait
}

// TestPythonStreamClients serves Python's clients: blocking sockets, asyncio's
// streams, over TCP and Unix sockets.
func TestPythonStreamClients(t *testing.T) {
	t.Parallel()
	onDefault(t)
	for kind, local := range map[string]fdsock.Addr{
		"create_connection": fdsock.Inet("127.0.0.1", 0),
		"open_connection":   fdsock.Inet("127.0.0.1", 0),
		"unix":              fdsock.UnixAddr(filepath.Join(t.TempDir(), "s")),
	} {
		t.Run(kind, func(t *testing.T) {
			family := fdsock.AF_INET
			if kind == "unix" {
				family = fdsock.AF_UNIX
			}
			l := openSocket(t, family, fdsock.SOCK_STREAM)
			want(t, l.Bind(local), nil)
			want(t, l.Listen(), nil)
			addr, err := l.GetSockName()
			want(t, err, nil)
			wait := serveStreams(t, l)
			defer wait()
			defer closeSocket(t, l)
			pythonClient(t, kind, addr)
		})
	}
}

// TestPythonHTTPClients serves urllib and http.client with package net/http on
// fdsock's sockets.
func TestPythonHTTPClients(t *testing.T) {
	t.Parallel()
	onDefault(t)
	s, err := fdsock.CreateServer("127.0.0.1", 0, fdsock.ServerOptions{})
	want(t, err, nil)
	addr, err := s.GetSockName()
	want(t, err, nil)
	l, err := s.Listener()
	want(t, err, nil)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.URL.Path[1:])
		body := peerPattern(n)
		if r.Method == http.MethodPost {
			var all []byte
			all, err = io.ReadAll(r.Body)
			body = []byte(digest(all))
		}
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body) // the client tells
	})}
	done := begin(func() (int, error) { return 0, server.Serve(l) })
	pythonClient(t, "http", addr)
	want0(t, server.Close())
	if err := receive(t, done, "the end of the server").err; !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

// TestPythonDatagramClients answers Python's datagrams, each reversed.
func TestPythonDatagramClients(t *testing.T) {
	onDefault(t)
	for kind, local := range map[string]fdsock.Addr{
		"udp":           fdsock.Inet("127.0.0.1", 0),
		"unix datagram": fdsock.UnixAddr(filepath.Join(t.TempDir(), "d")),
	} {
		t.Run(kind, func(t *testing.T) {
			family := fdsock.AF_INET
			if kind == "unix datagram" {
				family = fdsock.AF_UNIX
			}
			s := openSocket(t, family, fdsock.SOCK_DGRAM)
			want(t, s.Bind(local), nil)
			addr, err := s.GetSockName()
			want(t, err, nil)
			done := begin(func() (int, error) {
				for {
					p, from, err := s.RecvFrom(10000)
					if err != nil {
						return 0, err
					}
					for i, j := 0, len(p)-1; i < j; i, j = i+1, j-1 {
						p[i], p[j] = p[j], p[i]
					}
					if _, err := s.SendTo(p, from); err != nil {
						return 0, err
					}
				}
			})
			pythonClient(t, kind, addr)
			closeSocket(t, s)
			wantClosed(t, receive(t, done, "the end of the server").err)
		})
	}
}
